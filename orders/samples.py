"""What `/metrics` reports about orders and the sweep, read from the database on request."""

import datetime as dt
from collections.abc import Iterator

from django.db.models import Count, Min

from config.models import Store
from serverlesspresso.core import clock
from serverlesspresso.core.metrics import Figure

from . import deadlines, sweep
from .models import LIVE, TERMINAL, Heartbeat, Order, Queue, Status

_SECOND = dt.timedelta(seconds=1)


def samples() -> Iterator[Figure]:
    """Whether the sweep keeps up, and how many orders are in each status."""
    yield from _of_the_sweep(clock.now())
    yield from _of_orders(dict(Store.objects.filter(archived_at=None).values_list("pk", "slug")))


def _of_the_sweep(now: dt.datetime) -> list[Figure]:
    overdue = max((now - due for due in _due(now)), default=dt.timedelta())
    figures: list[Figure] = [
        (
            "serverlesspresso_oldest_overdue_seconds",
            "For how long the order that waits longest for the sweep has been overdue.",
            {},
            max(overdue / _SECOND, 0),
        )
    ]
    if swept := Heartbeat.objects.filter(name="sweep").first():
        age = abs(now - swept.at) / _SECOND  # a last sweep in the future is no better than an old one
        figures.append(("serverlesspresso_sweep_age_seconds", "Since the sweep last ran.", {}, age))
    return figures


def _due(now: dt.datetime) -> Iterator[dt.datetime]:
    """When something should have happened: deadlines, the baristas' clocks, lost steps."""
    if at := Order.objects.filter(deadline_at__lte=now).aggregate(at=Min("deadline_at"))["at"]:
        yield at
    waiting = Order.objects.filter(status=Status.QUEUED).values("store").distinct()
    for store in Store.objects.filter(pk__in=waiting):
        queue = Queue.objects.filter(pk=store.pk).first()
        queued = Order.objects.filter(store=store, status=Status.QUEUED).select_related("store")
        first = queued.order_by("queued_clock").first()
        if due := first and deadlines.deadline(first, queue):
            yield due
    unsettled = Order.objects.filter(settled_at=None)
    for statuses, patience in (
        ((Status.VALIDATING, Status.SUBMITTED), sweep.BETWEEN_STEPS),
        (TERMINAL, sweep.SETTLE_AFTER),
    ):
        if at := unsettled.filter(status__in=statuses).aggregate(at=Min("moved_at"))["at"]:
            yield at + patience


def _of_orders(stores: dict[int, str]) -> list[Figure]:
    statuses = (*LIVE, Status.READY)
    orders = Order.objects.filter(store__in=stores, status__in=statuses).order_by()
    counts = {
        (store, status): count
        for store, status, count in orders.values_list("store", "status").annotate(Count("pk"))
    }
    return [
        (
            "serverlesspresso_orders",
            "Orders that have not ended.",
            {"store": slug, "status": str(status)},
            counts.get((store, status), 0),
        )
        for store, slug in stores.items()
        for status in statuses
    ]
