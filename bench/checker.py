"""What must be true of a bar's books, whatever happened to its machines: pure functions over plain data.

The model test, the crash points, the campaign and the negative controls all ask these.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence

LIVE = frozenset({"validating", "choosing", "submitted", "queued", "making"})
TERMINAL = frozenset({"collected", "cancelled", "timed_out", "rejected"})
_OPEN = LIVE | {"ready"}
_STEPS: dict[str, tuple[frozenset[str], str]] = {
    "WorkflowStarted": (frozenset({"validating"}), "choosing"),
    "ShopUnavailable": (frozenset({"validating"}), "rejected"),
    "WaitingCompletion": (frozenset({"choosing", "submitted"}), "queued"),  # a submit itself is not logged
    "OrderChanged": (frozenset({"queued"}), "queued"),
    "MakeOrder": (frozenset({"queued"}), "making"),
    "UnmakeOrder": (frozenset({"making"}), "queued"),
    "OrderCompleted": (frozenset({"queued", "making"}), "ready"),
    "OrderRecalled": (frozenset({"ready"}), "making"),
    "OrderCollected": (frozenset({"ready"}), "collected"),
    "OrderCancelled": (_OPEN, "cancelled"),
}
"""By event: where the order may have been, and where it is then (rule book: an order's life). Written down
once more on purpose: a checker that reads the table it checks would believe anything."""


def _step(event: dict, status: str | None) -> str | None:
    """The status after an event, or None if it cannot happen in this one."""
    name, data = event["type"].split(".")[1], event["data"]
    if name == "NewOrder":
        return None if status else ("validating" if data["source"] == "scan" else "submitted")
    if name == "OrderTimeOut":
        return "timed_out" if status == {"customer": "choosing", "barista": "queued"}[data["clock"]] else None
    if name == "OrderCancelled" and data["by"] == "owner" and status in ("making", "ready"):
        return None
    if name == "MakeOrder" and data["take_over"]:
        return "making" if status == "making" else None
    sources, target = _STEPS[name]
    return target if status in sources else None


def legal(events: Sequence[dict], status: str) -> str | None:
    """Whether the events of one order, in order, are a life the rule book knows, ending in this status.

    Returns what is wrong, or None. OrderFinished comes once and last, and only after an end.
    """
    now, finished = None, False
    for event in events:
        if finished:
            return f"{event['type']} after the order was finished"
        if event["type"] == "OrderProcessor.OrderFinished":
            if now not in TERMINAL or event["data"]["status"] != now:
                return f"finished as {event['data']['status']} while {now}"
            finished = True
            continue
        after = _step(event, now)
        if after is None:
            return f"{event['type']} while {now}"
        now = after
    if now == status or (now == "choosing" and status == "submitted"):
        return None
    return f"the log says {now}, the order {status}"


def gapless(numbers: Iterable[int]) -> bool:
    """Whether these are 1, 2, 3 … in any order, each once."""
    given = sorted(numbers)
    return given == list(range(1, len(given) + 1))


def lives(events: Iterable[dict]) -> dict[str, list[dict]]:
    """The events of each order, in the order of the log."""
    found: dict[str, list[dict]] = defaultdict(list)
    for event in sorted(events, key=lambda each: each["sequence"]):
        if event["order"]:
            found[event["order"]].append(event)
    return found
