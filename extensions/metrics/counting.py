"""Counting: from events to tallies. Adding up only, so that a batch is one statement, however large."""

import datetime as dt
import math
from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from zoneinfo import ZoneInfo

from django.db import connection
from django.utils.dateparse import parse_datetime

from config.models import Store
from serverlesspresso.events.log import publish
from serverlesspresso.events.models import Event

from .models import Counted, Kind, Pending, Tally

COUNTED = (
    "Validator.NewOrder",
    "OrderManager.WaitingCompletion",
    "OrderManager.OrderCompleted",
    "OrderManager.OrderRecalled",
    "OrderManager.OrderCollected",
    "OrderProcessor.OrderFinished",
)
"""What changes a figure. To hear of more would cost some statements each time, for nothing."""
WIDTH = 1.1
"""Waits are counted in classes, each a tenth wider than the one before: right to 5 %."""
_UPSERT = """
INSERT INTO metrics_tally (store, day, kind, name, count) VALUES {rows}
ON CONFLICT (store, day, kind, name) DO UPDATE SET count = metrics_tally.count + excluded.count
"""
_ROWS = 100
Tallies = Counter[tuple[str, dt.date, str, str]]


def count(events: Sequence[Event]) -> None:
    """Add a batch of events to the tallies of their stores, and tell whoever looks at them."""
    heads = {event.store: event.sequence for event in events}
    batch = _Batch(events)
    for event in events:
        batch.take(event)
    batch.write()
    Counted.objects.bulk_create(
        [Counted(store=store, sequence=heads[store]) for store in sorted(heads)],
        update_conflicts=True,
        unique_fields=["store"],
        update_fields=["sequence"],
    )
    for store in heads:
        publish.notify_screens(store, screen(store))


def screen(store: str) -> str:
    """The name under which a store's figures are watched."""
    return f"figures of {store}"


def forget(store: str) -> None:
    """Forget all that was counted at a store: its log is about to be counted anew."""
    for model in (Tally, Pending, Counted):
        model.objects.filter(store=store).delete()


def class_of(seconds: float) -> str:
    """The class of a wait: 0 up to a second, then by tenths."""
    return str(max(0, math.floor(math.log(max(seconds, 1), WIDTH))))


def seconds_of(name: str) -> float:
    """The middle of a class, in seconds."""
    return WIDTH ** (int(name) + 0.5)


class _Batch:
    """The tallies of some events, and the orders they are about."""

    def __init__(self, events: Sequence[Event]):
        self.stores = {event.store for event in events}
        self.tallies: Tallies = Counter()
        # of an order that just began, nothing is pending
        begun = {event.order for event in events if event.order and event.type != "Validator.NewOrder"}
        self.pending = Pending.objects.in_bulk(begun) if begun else {}
        self.changed: dict[str, Pending] = {}
        self.over: set[str] = set()

    @cached_property
    def _zones(self) -> dict[str, ZoneInfo]:
        """Asked for with the first thing that belongs to a day."""
        zones = Store.objects.filter(slug__in=self.stores).values_list("slug", "timezone")
        return {slug: ZoneInfo(zone) for slug, zone in zones}

    def take(self, event: Event) -> None:
        """Count one event."""
        act = getattr(self, f"_{event.type.split('.')[1].lower()}", None)
        if act and event.order:
            act(event, self._order(event.order, event.store), event.data)

    def _order(self, order: str, store: str) -> Pending:
        return self.pending.setdefault(order, Pending(order=order, store=store))

    def _zone(self, store: str) -> dt.tzinfo:
        return self._zones.get(store, dt.UTC)

    def _add(self, store: str, at: dt.datetime, kind: Kind, name: str, count: int = 1) -> None:
        day = at.astimezone(self._zone(store)).date()
        self.tallies[store, day, kind.value, name[:60]] += count

    def _neworder(self, event: Event, _order: Pending, data: dict) -> None:
        self._add(event.store, event.at, Kind.ORDERS, data.get("source") or "scan")

    def _waitingcompletion(self, event: Event, order: Pending, data: dict) -> None:
        order.submitted_at = parse_datetime(data.get("submitted_at") or "") or event.at
        self.changed[order.order] = order

    def _ordercompleted(self, event: Event, order: Pending, data: dict) -> None:
        order.completed_at = event.at
        order.drink, order.modifiers = data.get("drink") or "", data.get("modifiers") or []
        self.changed[order.order] = order
        self._made(order, event.at, 1)

    def _orderrecalled(self, _event: Event, order: Pending, _data: dict) -> None:
        if order.completed_at:
            self._made(order, order.completed_at, -1)
            order.completed_at = None
            self.changed[order.order] = order

    def _made(self, order: Pending, at: dt.datetime, count: int) -> None:
        """Count a drink that is ready, and how long it was waited for; or take both back."""
        self._add(order.store, at, Kind.DRINKS, order.drink, count)
        self._add(order.store, at, Kind.HOURS, f"{at.astimezone(self._zone(order.store)):%H}", count)
        for modifier in order.modifiers:
            self._add(order.store, at, Kind.MODIFIERS, modifier, count)
        if order.submitted_at:
            self._wait(order.store, Kind.WAITS, order.submitted_at, at, count)

    def _ordercollected(self, event: Event, order: Pending, data: dict) -> None:
        self._add(event.store, event.at, Kind.ENDS, data.get("reason") or "collected")
        if order.completed_at and data.get("reason") != "not_collected":
            self._wait(order.store, Kind.PICKUPS, order.completed_at, event.at)

    def _orderfinished(self, event: Event, order: Pending, data: dict) -> None:
        if data.get("status") != "collected":
            self._add(event.store, event.at, Kind.ENDS, data.get("status") or "unknown")
        self.over.add(order.order)

    def _wait(self, store: str, kind: Kind, since: dt.datetime, until: dt.datetime, count: int = 1) -> None:
        self._add(store, until, kind, class_of((until - since).total_seconds()), count)

    def write(self) -> None:
        """All of it, in a few statements."""
        rows = [(*key, count) for key, count in sorted(self.tallies.items()) if count]
        with connection.cursor() as cursor:
            for start in range(0, len(rows), _ROWS):
                part = rows[start : start + _ROWS]
                values = ", ".join(["(%s, %s, %s, %s, %s)"] * len(part))
                cursor.execute(_UPSERT.format(rows=values), [value for row in part for value in row])
        changed = [order for key, order in self.changed.items() if key not in self.over]
        Pending.objects.bulk_create(
            changed,
            update_conflicts=True,
            unique_fields=["order"],
            update_fields=["submitted_at", "completed_at", "drink", "modifiers"],
        )
        if self.over:
            Pending.objects.filter(pk__in=self.over).delete()
