"""Charts as plain geometry; the templates draw them as SVG, with a table beside them for who cannot see."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 560, 220
_ROW, _LABEL = 40, 168


@dataclass(frozen=True)
class Bar:
    """One bar: where it is, and what is written at it."""

    x: float
    y: float
    width: float
    height: float
    label: str
    count: int
    text_x: float


def columns(hours: Sequence[tuple[int, int]]) -> list[Bar]:
    """Upright bars, one an hour."""
    if not hours:
        return []
    step = WIDTH / max(len(hours), 6)
    most = max(*(count for _hour, count in hours), 1)
    room = HEIGHT - 56
    bars = []
    for index, (hour, count) in enumerate(hours):
        height = round(room * count / most, 1)
        x = round(index * step + step * 0.12, 1)
        width = round(step * 0.76, 1)
        bars.append(Bar(x, 28 + room - height, width, height, f"{hour:02}", count, round(x + width / 2, 1)))
    return bars


def rows(counts: Sequence[tuple[str, int]]) -> list[Bar]:
    """Lying bars, one a thing, the longest first."""
    most = max((count for _label, count in counts), default=1)
    room = WIDTH - _LABEL - 64
    bars = []
    for index, (label, count) in enumerate(counts):
        width = round(max(room * count / most, 3), 1)
        bars.append(Bar(_LABEL, index * _ROW + 6, width, _ROW - 12, label, count, _LABEL + width + 12))
    return bars


def height_of(bars: Sequence[Bar]) -> int:
    """How high a chart of lying bars is."""
    return max(len(bars), 1) * _ROW
