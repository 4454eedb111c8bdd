"""Counting: numbers 1, 2, 3 … per store and series, without gap or repeat.

A counter row and no sequence: a sequence leaves gaps when a transaction rolls back.
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
    """The store's counter row as it is; None before its first number."""
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
    """Take the next number of the running series for an order that was submitted and has none; it is
    `last_number` of what is returned. Nobody else takes one until the transaction ends. None, and nothing
    taken, if there is no such order."""
    queue = rows.change(Queue, _of_one_without(order_id, "store__orders__"), last_number=_NEXT)
    if queue is None:  # perhaps it is the first one here
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
    """Take so many numbers after the one that `next_number` took in this transaction."""
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
    """Go on after a number that was given already, by orders that are lost (a backup was restored). 0 changes
    nothing. Raises ValueError for a number below the last one known: it would be given twice.
    """
    queue = lock_queue(store)
    if number and number < queue.last_number:
        raise ValueError(f"{store.slug} has given {queue.last_number} already.")
    if number:
        queue.last_number = number
        queue.save(update_fields=["last_number"])
    return queue


def offers_new_series(store: Store) -> bool:
    """Whether numbers run on from an earlier day, so that a manager may like to begin at 1."""
    queue = queue_of(store.pk)
    return queue is not None and queue.last_number > 0 and queue.series_day != store.local_day(clock.now())
