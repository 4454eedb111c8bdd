"""OrderProcessor's workflow: the three Celery chains that carry an order from scan to end, and their steps.

Each step is a task and one transaction. It is idempotent, and does nothing when the order is no longer where
it expects it, because Celery loses and repeats messages (docs/explanation/decisions.md). What gets lost the
sweep takes up.
"""

import functools
from collections.abc import Callable

from celery import Task, chain, shared_task
from django.db import transaction
from django.db.models import Q, Subquery
from django.dispatch import receiver

from display import qr_codes
from serverlesspresso.core import clock
from serverlesspresso.core.db import rows
from serverlesspresso.core.db.prepared import PreparedCount, PreparedValues
from serverlesspresso.core.failpoints import hit
from serverlesspresso.events import after_commit

from . import counting, events, processor, wait_times
from .models import LIVE, TERMINAL, Order, Status


def step(work: Callable[[str], None]) -> Task:
    """Make a step of a function that is given an order's id: a Celery task, which called runs here and now.

    Its name is the one of earlier releases, so that old and new workers run each other's messages while a bar
    is upgraded.
    """

    @functools.wraps(work)
    def task(order_id: str) -> None:
        hit("step.begins")
        work(order_id)
        hit("step.done")

    return shared_task(task, name=f"orders.tasks.{work.__name__}")


# -- open: from the scan to the customer's choice --------------------------------------------------


@step
def check_store_open(order_id: str) -> None:
    """Reject the order if the store closed or paused since the scan."""
    order = processor.find(order_id, Status.VALIDATING)
    if order and not order.store.is_open:
        _reject(order, "store_closed")
    elif order and order.store.is_paused:
        _reject(order, "store_paused")


_before = PreparedCount(
    lambda store, moment: Order.objects.filter(
        store=store, status__in=LIVE, priority=False, created_at__lt=moment
    )
)


@step
def check_capacity(order_id: str) -> None:
    """Reject the order if there is no longer room for it and those that came before."""
    order = processor.find(order_id, Status.VALIDATING, priority=False)
    if order and _is_full_for(order):
        with transaction.atomic():
            processor.locked_store.first(order.store_id)
            if _is_full_for(order):
                _reject(order, "queue_full")


def _is_full_for(order: Order) -> bool:
    return _before.count(order.store_id, order.created_at) >= order.store.capacity


@step
def await_customer(order_id: str) -> None:
    """Let the customer choose, until the customer's clock runs out."""
    if order := processor.find(order_id, Status.VALIDATING):
        with transaction.atomic():
            processor.move(order, "start", now=clock.now())


@transaction.atomic
def _reject(order: Order, reason: str) -> None:
    processor.move(order, "reject", now=clock.now(), reason=reason)


# -- queue: from the choice to the barista ---------------------------------------------------------


_in_line = PreparedValues(
    lambda store, order_id: (
        Order.objects.filter(
            store=store,
            status=Status.SUBMITTED,
            number=None,
            submitted_at__lte=Subquery(Order.objects.filter(pk=order_id).values("submitted_at")),
        )
        .order_by("submitted_at", "pk")
        .values_list("pk", "place")
    )
)
"""The orders of a store that have no number yet and were submitted by the time that one was."""


@step
@transaction.atomic
def assign_number(order_id: str) -> None:
    """Give a submitted order its number, once, and before it those that were submitted before it theirs:
    whose step comes first is chance."""
    queue = counting.next_number(order_id)
    if queue is None:
        return
    given = 0
    for pk, place in _in_line.all(queue.pk, order_id):
        number = queue.last_number + given
        mine = Q(pk=pk, status=Status.SUBMITTED, number=None)
        sets = {"number": number, "place": place or counting.place(queue.series, number)}
        given += rows.change_all(Order, mine, series=queue.series, **sets)
    if not given:
        transaction.set_rollback(True)  # somebody was first: a number taken now would be a gap
    elif given > 1:
        counting.take_more(queue, given - 1)
    hit("number.given")


@step
def await_barista(order_id: str) -> None:
    """Put a numbered order into the queue, and promise when its drink comes."""
    if order := processor.find(order_id, Status.SUBMITTED, number__isnull=False):
        now = clock.now()
        promised = wait_times.promise(order, now)
        with transaction.atomic():
            where = Q(number__isnull=False)
            processor.move(order, "enqueue", now=now, where=where, queued_at=now, **promised)


# -- close: from the end to settled books ----------------------------------------------------------


@step
@transaction.atomic
def settle(order_id: str) -> None:
    """Settle the books of an order that ended: its hold goes back if it never got to a drink."""
    now = clock.now()
    unsettled = Q(pk=order_id, status__in=TERMINAL, settled_at=None)
    order = rows.change(Order, unsettled, settled_at=now)
    if order is None:
        return
    hit("settle.marked")
    if order.hold_id and order.submitted_at is None:
        qr_codes.give_back(order.hold_id)
    processor.tell(events.ORDER_FINISHED, order, at=now)


# -- the chains ------------------------------------------------------------------------------------

OPEN = (check_store_open, check_capacity, await_customer)
QUEUE = (assign_number, await_barista)
CLOSE = (settle,)
CHAINS = {"open": OPEN, "queue": QUEUE, "close": CLOSE}
"""By the names that people and metrics know them by."""


def start(steps: tuple[Task, ...], order_id: str) -> None:
    """Have Celery run a chain for an order once the transaction has committed. Nobody waits for the broker,
    and nothing fails without it."""

    def send() -> None:
        hit("chain.committed")
        after_commit.send_task(chain(*(each.si(order_id) for each in steps)))

    transaction.on_commit(send, robust=True)


@receiver(processor.ended)
def _close(order_id: str, **_) -> None:
    start(CLOSE, order_id)


def run(steps: tuple[Task, ...], order_id: str) -> None:
    """Run a chain's steps here and now: for the sweep, and for a caller who cannot wait for a worker."""
    for each in steps:
        each(order_id)
