"""An order for programs: the "Order" of the API's contract."""

from collections.abc import Iterable, Mapping

from config.models import Store
from serverlesspresso.core import clock

from . import counting, deadlines, queries, reasons
from .models import Order, Status
from .wait_times import pace


def describe(order: Order) -> dict:
    """One order as the contract has it: times RFC 3339 in UTC, `eta` in seconds from now, in whole minutes,
    the reason in the reader's language. Three queries while it waits, none otherwise (given its store and
    barista).
    """
    line = None
    if order.status == Status.QUEUED:
        line = _Line(order.store, {order.pk: queries.position(order)})
    return _describe(order, line)


def describe_all(orders: Iterable[Order]) -> list[dict]:
    """Many orders, in the given sequence: three queries for each store with waiting orders, however many."""
    lines: dict[int, _Line] = {}
    described = []
    for order in orders:
        line = None
        if order.status == Status.QUEUED:
            if order.store_id not in lines:
                lines[order.store_id] = _Line(order.store, queries.positions(order.store))
            line = lines[order.store_id]
        described.append(_describe(order, line))
    return described


class _Line:
    """A store's queue as of now, from which a waiting order's place, wait and deadline follow."""

    def __init__(self, store: Store, places: Mapping[str, int | None]):
        self.places = places
        self.pace = pace(store)
        self.queue = counting.queue_of(store.pk)


def _describe(order: Order, line: _Line | None) -> dict:
    place = line and line.places.get(order.pk)
    wait = line.pace.estimate(place) if line and line.pace and place else None
    return {
        "id": order.pk,
        "store": order.store.slug,
        "series": order.series,
        "number": order.number,
        "status": str(order.status),
        "drink": order.drink or None,
        "modifiers": order.modifiers,
        "position": place,
        "eta": {"from": wait.told_s[0], "to": wait.told_s[1]} if wait else None,
        "created_at": clock.text(order.created_at),
        "submitted_at": clock.text(order.submitted_at),
        "claimed_at": clock.text(order.claimed_at),
        "completed_at": clock.text(order.completed_at),
        "finished_at": clock.text(order.finished_at),
        "deadline_at": clock.text(deadlines.deadline(order, line.queue if line else None)),
        "reason": {"code": order.reason, "text": reasons.text_of(order)} if order.reason else None,
        "barista": order.barista.display_name if order.barista else None,
        "version": order.version,
    }
