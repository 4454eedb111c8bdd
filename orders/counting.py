"""Counting: numbers 1, 2, 3 … per store and series, without gap or repeat.

A counter row, not a database sequence, which leaves gaps when a transaction rolls back.
"""

from django.db import transaction
from django.db.models import F, Q

from config.models import Store
from serverlesspresso.core import clock
from serverlesspresso.core.db import rows
from serverlesspresso.core.db.prepared import PreparedQuery
from serverlesspresso.core.failpoints import hit

from .models import Order, Queue, Status

_NEXT = F("last_number") + 1
_queue = PreparedQuery(lambda store: Queue.objects.filter(pk=store))
_locked = PreparedQuery(lambda store: Queue.objects.select_for_update(no_key=True).filter(pk=store))


def queue_of(store_id: int) -> Queue | None:
    """The store's counter row, not locked; None before its first number."""
    return _queue.first(store_id)


def lock_queue(store: Store) -> Queue:
    """The store's counter row, locked until the transaction ends. Lock it before any order's row."""
    queue = _locked.first(store.pk)
    if queue is None:
        Queue.objects.bulk_create(
            [Queue(store=store, series_day=store.local_day(clock.now()))], ignore_conflicts=True
        )
        queue = Queue.objects.select_for_update(no_key=True).get(pk=store.pk)
    return queue


def next_number(order_id: str) -> Queue | None:
    """Take the next number of the current series for a submitted order without one; it is `last_number` of
    the result. Nobody else can take one until the transaction ends. None, with nothing taken, if there is no
    such order."""
    queue = rows.change(Queue, _of_one_without(order_id, "store__orders__"), last_number=_NEXT)
    if queue is None:  # perhaps the store's first number
        first = rows.first(Order, _of_one_without(order_id), beside=("store",))
        if first is None:
            return None
        lock_queue(first.store)
        return next_number(order_id)
    hit("number.taken")
    return queue


def _of_one_without(order_id: str, prefix: str = "") -> Q:
    return Q(**{f"{prefix}pk": order_id, f"{prefix}status": Status.SUBMITTED, f"{prefix}number": None})


def take_more(queue: Queue, numbers: int) -> None:
    """Take further numbers after the one that `next_number` took in this transaction."""
    Queue.objects.filter(pk=queue.pk).update(last_number=F("last_number") + numbers)


def place(series: int, number: int) -> int:
    """Where a number stands in the queue: by series, then number, as integers."""
    return series * 10**9 + number


@transaction.atomic
def start_series(store: Store) -> Queue:
    """Begin a new series at 1. Earlier orders keep their numbers and come first."""
    queue = lock_queue(store)
    if queue.last_number:
        Queue.objects.filter(pk=queue.pk).update(
            series=F("series") + 1, last_number=0, series_day=store.local_day(clock.now())
        )
        queue.refresh_from_db()
    return queue


@transaction.atomic
def go_on_after(store: Store, number: int) -> Queue:
    """Continue after a number that lost orders already had (a backup was restored). 0 changes nothing. Raises
    ValueError for a number below the last one known: it would be given twice."""
    queue = lock_queue(store)
    if number and number < queue.last_number:
        raise ValueError(f"{store.slug} has given {queue.last_number} already.")
    if number:
        queue.last_number = number
        queue.save(update_fields=["last_number"])
    return queue


def offers_new_series(store: Store) -> bool:
    """Whether numbers continue from an earlier day, so that a manager may want to begin at 1."""
    queue = queue_of(store.pk)
    return queue is not None and queue.last_number > 0 and queue.series_day != store.local_day(clock.now())
