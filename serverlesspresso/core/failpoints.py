"""Failpoints: named places in the code at which a test may kill the process.

They do nothing unless FAILPOINT names one (docs/explanation/reliability.md): `move.updated` dies at the first
hit, `FAILPOINT=move.updated:3` at the third.
"""

import os

POINTS = (
    "scan.locked",
    "hold.budgeted",
    "hold.taken",
    "order.held",
    "order.created",
    "move.begins",
    "move.updated",
    "move.told",
    "number.taken",
    "number.given",
    "event.numbered",
    "event.written",
    "committed",
    "hint.sent",
    "chain.committed",
    "step.begins",
    "step.done",
    "settle.marked",
    "hold.marked",
    "hold.returned",
    "work.noted",
    "status.saved",
    "overdue.found",
    "key.claimed",
    "key.effected",
    "key.answered",
    "key.committed",
    "bus.read",
    "bus.begun",
    "bus.handled",
    "bus.moved",
    "bus.committed",
    "bus.parked",
)
"""In the order of an order's life. Each is hit by the crash test, which dies at every one of its hits."""
DIED = 86
"""The exit code of a process that died at a failpoint."""

_armed = ""
_left = 0
seen: list[str] | None = None
"""What was hit, while a test records it."""


def arm(point: str) -> None:
    """Die at this point from now on ("" for none; with ":n", at its nth hit). Raises KeyError for one that
    does not exist."""
    global _armed, _left
    _armed, _, nth = point.partition(":")
    _left = int(nth or 1)
    if _armed and _armed not in POINTS:
        raise KeyError(_armed)


def record() -> list[str]:
    """From now on note what is hit, into the list that is returned."""
    global seen
    seen = []
    return seen


def hit(point: str) -> None:
    """Here a test may kill the process: without warning, as a power cut would."""
    if _armed or seen is not None:
        _hit(point)


def _hit(point: str) -> None:
    global _left
    if seen is not None:
        seen.append(point)
    if point == _armed:
        _left -= 1
        if _left == 0:
            os._exit(DIED)


arm(os.environ.get("FAILPOINT", ""))
