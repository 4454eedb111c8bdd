"""Figures: what was measured how often, against which target; as a table and as JSON."""

import json
import math
import os
import platform
import statistics
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from serverlesspresso.core import percentiles

AT_LEAST, AT_MOST = ">=", "<="


@dataclass
class Figure:
    """One thing measured, once a run. `target` is what the median is held to; `note` says more."""

    name: str
    unit: str
    values: list[float]
    bound: str = ""
    target: float | None = None
    note: str = ""
    scenario: str = field(default="")

    @property
    def median(self) -> float:
        """The middle of the runs."""
        return statistics.median(self.values)

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None where there is none."""
        if self.target is None:
            return None
        return self.median >= self.target if self.bound == AT_LEAST else self.median <= self.target


def percentile(values: Iterable[float], share: float) -> float:
    """The value below which so large a share lies; infinite when there is none."""
    ordered = sorted(values)
    return percentiles.percentile(ordered, share * 100) if ordered else math.inf


def line(figure: Figure) -> str:
    """One figure in a line, for whoever waits."""
    runs = ", ".join(_short(value) for value in figure.values)
    note = f"; {figure.note}" if figure.note else ""
    return f"{figure.name}: {_short(figure.median)} {figure.unit} ({runs}){note}"


def table(figures: list[Figure]) -> str:
    """All figures as text, a line each."""
    rows = [("", "median", "from … to", "unit", "target", "", "")]
    for each in figures:
        verdict = {True: "met", False: "NOT MET", None: ""}[each.met]
        target = "" if each.target is None else f"{each.bound} {_short(each.target)}"
        spread = f"{_short(min(each.values))} … {_short(max(each.values))}" if len(each.values) > 1 else ""
        name = f"{each.scenario}: {each.name}"
        rows.append((name, _short(each.median), spread, each.unit, target, verdict, each.note))
    widths = [max(len(row[column]) for row in rows) for column in range(7)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column in (0, 3, 4, 5, 6) else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def _short(value: float) -> str:
    if math.isinf(value):
        return "never"
    if value == int(value) and abs(value) < 1e9:
        return f"{int(value):,}"
    return f"{value:.3f}" if abs(value) < 1 else f"{value:,.1f}"


def write(figures: list[Figure], folder: Path, **about) -> Path:
    """All figures as JSON, with what they were measured on; where that file is."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / time.strftime("%Y-%m-%d-%H%M%S.json", time.gmtime())
    machine = {
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0],
        "python": platform.python_version(),
        "system": platform.platform(),
    }
    measured = [asdict(each) | {"median": each.median, "met": each.met} for each in figures]
    text = json.dumps({"machine": machine, **about, "figures": measured}, indent=1)
    path.write_text(text.replace("Infinity", "null"))
    return path
