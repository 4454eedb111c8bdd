"""What screens and API read: the queue, places in it, and how long it takes."""

import datetime as dt
from dataclasses import dataclass
from itertools import pairwise

from django.db.models import QuerySet

from config.models import Store
from serverlesspresso import clock

from .models import LIVE, Order, Status

_RECENT = dt.timedelta(hours=1)
_SAMPLE = 20
"""So many of the last drinks within the hour say how fast the bar is."""


@dataclass(frozen=True)
class Wait:
    """A range in which a drink is expected, in seconds from now."""

    earliest: int
    latest: int


@dataclass(frozen=True)
class Pace:
    """The 20th and 80th percentile of the time between two drinks, in seconds."""

    fast: float
    slow: float

    def wait(self, place: int) -> Wait:
        """When a drink at a position (from 1) is expected."""
        return Wait(round(place * self.fast), round(place * self.slow))


def queue_of(store: Store, *statuses: Status) -> QuerySet[Order]:
    """The store's orders in these statuses, by series and number (remakes at the old one's place)."""
    orders = Order.objects.filter(store=store, status__in=statuses).select_related(
        "store", "barista", "customer"
    )
    return orders.order_by("place", "number")


def live_count(store: Store) -> int:
    """How many places of the queue are taken."""
    return Order.objects.filter(store=store, status__in=LIVE).count()


def position(order: Order) -> int | None:
    """1 for the next to be made; None when the order does not wait."""
    if order.status != Status.QUEUED:
        return None
    ahead = Order.objects.filter(store=order.store_id, status=Status.QUEUED, place__lt=order.place)
    return ahead.count() + 1


def positions(store: Store) -> dict[str, int]:
    """The position of every waiting order of a store, by id: one query for a whole list."""
    waiting = Order.objects.filter(store=store, status=Status.QUEUED).order_by("place", "number")
    return {pk: place for place, pk in enumerate(waiting.values_list("pk", flat=True), start=1)}


def pace(store: Store) -> Pace | None:
    """How fast the bar is: the time between two drinks of the last hour; None when too few were made."""
    since = clock.now() - _RECENT
    made = Order.objects.filter(store=store, completed_at__gt=since).order_by("-completed_at")
    times = list(made.values_list("completed_at", flat=True)[: _SAMPLE + 1])
    gaps = sorted((later - earlier).total_seconds() for later, earlier in pairwise(times))
    if len(gaps) < 4:
        return None
    return Pace(gaps[len(gaps) // 5], gaps[len(gaps) * 4 // 5])


def wait(store: Store, place: int | None) -> Wait | None:
    """When a drink at a position is expected; None when it does not wait, or when nobody can say."""
    speed = pace(store) if place else None
    return speed.wait(place) if speed and place else None
