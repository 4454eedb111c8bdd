"""Percentiles of a few measured values, by nearest rank, as every report and estimate here counts them."""

import math
from collections.abc import Sequence


def percentile(ranked: Sequence[float], percent: float) -> float:
    """The least of these values, which are sorted and at least one, that so many percent do not exceed."""
    return ranked[max(0, math.ceil(len(ranked) * percent / 100) - 1)]
