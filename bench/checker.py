"""What must be true of a bar's books, whatever happened to its machines: pure functions over plain data.

The model test, the crash points, the campaign and the negative controls all ask these.
"""

import datetime as dt
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


# -- a whole campaign ------------------------------------------------------------------------------

_TELLS = {
    "make": "OrderManager.MakeOrder",
    "unmake": "OrderManager.UnmakeOrder",
    "complete": "OrderManager.OrderCompleted",
    "recall": "OrderManager.OrderRecalled",
    "collect": "OrderManager.OrderCollected",
    "cancel": "OrderManager.OrderCancelled",
    "withdraw": "OrderManager.OrderCancelled",
    "swap": "OrderManager.OrderChanged",
}
"""By act: the event with which the log tells of it."""


def books(orders: Sequence[dict], events: Sequence[dict]) -> list[str]:
    """What is wrong with the orders and the log of one store: illegal lives, gaps, lost or stuck orders."""
    wrong = [] if gapless(event["sequence"] for event in events) else ["the log has a gap or a double"]
    told = lives(events)
    for order in orders:
        if problem := legal(told.get(order["id"], []), order["status"]):
            wrong.append(f"{order['id']}: {problem}")
        if order["status"] not in TERMINAL or not order["settled"]:
            wrong.append(f"{order['id']}: stuck in {order['status']}")
    wrong += [f"{ghost}: in the log only" for ghost in told.keys() - {order["id"] for order in orders}]
    by_series = defaultdict(list)
    for order in orders:
        if order["number"] is not None:
            by_series[order["series"]].append(order["number"])
    wrong += [
        f"series {series}: numbers have a gap or a double"
        for series, given in by_series.items()
        if not gapless(given)
    ]
    return wrong


def codes(rows: Iterable[dict]) -> list[str]:
    """What is wrong with the codes: more used than the budget, or not as many as holds were kept."""
    return [
        f"code {row['id']}: {row['used']} used, {row['kept']} kept, {row['budget']} allowed"
        for row in rows
        if not row["used"] == row["kept"] <= row["budget"]
    ]


def room(events: Sequence[dict], capacity: int) -> list[str]:
    """Scans that came in although there was no room. Typed-in, remade and recalled drinks may exceed it, so
    they do not count here."""
    inside, wrong = set(), []
    for event in sorted(events, key=lambda each: each["sequence"]):
        name = event["type"].split(".")[1]
        if name == "NewOrder" and event["data"]["source"] == "scan":
            inside.add(event["order"])
            if len(inside) > capacity:
                wrong.append(f"{event['order']}: came in as number {len(inside)} of {capacity}")
        elif name in ("OrderCompleted", "OrderCancelled", "OrderTimeOut", "ShopUnavailable"):
            inside.discard(event["order"])
    return wrong


def one_at_a_time(orders: Sequence[dict], events: Sequence[dict]) -> list[str]:
    """Customers who had two live orders at once."""
    owner = {order["id"]: order["customer"] for order in orders if order["source"] == "scan"}
    live: dict[object, str] = {}
    wrong = []
    for event in sorted(events, key=lambda each: each["sequence"]):
        who, name = owner.get(event["order"]), event["type"].split(".")[1]
        if who is None:
            continue
        if name == "NewOrder":
            if who in live:
                wrong.append(f"{event['order']}: while {live[who]} was live")
            live[who] = event["order"]
        elif name in ("OrderCompleted", "OrderCancelled", "OrderTimeOut", "ShopUnavailable"):
            live.pop(who, None)
    return wrong


def acts(calls, events: Sequence[dict], people: dict[str, int], orders: Sequence[dict]) -> list[str]:
    """Each act answered with ok is in the log once, each refused one never, each unknown one at most once.

    `people` are the numbers of the callers. Repeating one's own act is ok without a second event, so the
    log may hold fewer than were answered, but never none, and never more than were sent. Who recalled a drink
    has its claim: to make it then is a repetition, too.
    """
    owner = {order["id"]: order["customer"] for order in orders}
    told: dict[tuple, int] = defaultdict(int)
    for event in events:
        data = event["data"]
        by = data.get("barista") if event["type"].endswith(("MakeOrder", "OrderCompleted")) else None
        if data.get("by") == "owner":
            by = owner.get(event["order"])
        told[event["type"], event["order"], by] += data.get("reason") not in (
            "claim_ran_out",
            "not_collected",
        )
    sent: dict[tuple, list] = defaultdict(list)
    for call in calls:
        if call.act in _TELLS:
            by = people[call.who] if call.act in ("make", "complete", "withdraw") else None
            sent[_TELLS[call.act], call.order, by].append(call)
    recalled = {
        (call.order, people[call.who]) for call in calls if call.act == "recall" and call.outcome != "fail"
    }
    wrong = []
    for what, tries in sent.items():
        most, least = (
            sum(call.outcome != "fail" for call in tries),
            any(call.outcome == "ok" for call in tries),
        )
        if what[0].endswith("MakeOrder") and what[1:] in recalled:
            least = False
        if not least <= told[what] <= most:
            wrong.append(f"{what}: {told[what]} in the log, {most} sent, of which ok: {least}")
    known = {order["id"] for order in orders}
    made = [call.answer["id"] for call in calls if call.act in ("scan", "walk-up") and call.outcome == "ok"]
    wrong += [f"{order}: answered, and lost" for order in made if order not in known]
    wrong += ["one order was answered to two calls"] if len(made) != len(set(made)) else []
    return wrong + _uninvited(calls, orders, people)


def _uninvited(calls, orders: Sequence[dict], people: dict[str, int]) -> list[str]:
    """Orders that nobody sent for: more than the calls that may have made one."""
    wrong = []
    asked: dict[object, int] = defaultdict(int)
    for call in calls:
        if call.act in ("scan", "walk-up") and call.outcome != "fail":
            asked[people[call.who] if call.act == "scan" else None] += 1
    made: dict[object, int] = defaultdict(int)
    for order in orders:
        made[order["customer"]] += 1
    wrong += [f"{who}: {made[who]} orders for {asked[who]} calls" for who in made if made[who] > asked[who]]
    return wrong


def versions(calls) -> list[str]:
    """Answers that know less than an answer given before they were asked for."""
    wrong, seen = [], defaultdict(list)
    for call in calls:
        if call.outcome == "ok" and not call.replayed and "version" in call.answer:
            seen[call.answer["id"]].append(call)
    for order, answered in seen.items():
        for late in answered:
            before = [call.answer["version"] for call in answered if call.ended < late.began]
            if before and max(before) > late.answer["version"]:
                wrong.append(f"{order}: version {late.answer['version']} after {max(before)}")
    return wrong


def replays(bodies: Iterable[tuple[str, bytes]]) -> list[str]:
    """Keys under which two different answers were given."""
    first: dict[str, bytes] = {}
    return [f"key {key}: two answers" for key, body in bodies if first.setdefault(key, body) != body]


def early(events: Sequence[dict], barista_s: float) -> list[str]:
    """Orders whose time was called before it was up."""
    wrong = []
    for order, told in lives(events).items():
        end = next((event for event in told if event["type"].endswith("OrderTimeOut")), None)
        began = [event for event in told if event["type"].endswith(("WorkflowStarted", "WaitingCompletion"))]
        if end is None or not began:
            continue
        if end["data"]["clock"] == "barista" and (end["at"] - began[-1]["at"]).total_seconds() < barista_s:
            wrong.append(f"{order}: the baristas' time was called too early")
        if end["data"]["clock"] == "customer" and end["stamp"] < began[-1]["data"]["deadline_at"]:
            wrong.append(f"{order}: the customer's time was called too early")
    return wrong


def latest(found: dict[str, dict], calls) -> float:
    """How long after its deadline (seconds) the customer's clock ended an order, at the most."""
    extended = {call.order for call in calls if call.act == "extend"}
    worst = 0.0
    for store in found.values():
        for order, told in lives(store["events"]).items():
            started = next((each for each in told if each["type"].endswith("WorkflowStarted")), None)
            end = next((each for each in told if each["type"].endswith("OrderTimeOut")), None)
            if started and end and end["data"]["clock"] == "customer" and order not in extended:
                due = dt.datetime.fromisoformat(started["data"]["deadline_at"])
                worst = max(worst, (end["at"] - due).total_seconds())
    return worst
