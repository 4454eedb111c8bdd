"""What staff do besides making drinks: call a number again, put back, take over from a colleague whose tablet
died, hand back, acknowledge cancelled tickets, and free the places of people who take long to choose.

As in `orders.commands`, the caller checks who may; these functions decide whether it can still be done.
"""

from collections.abc import Collection

from django.db import transaction
from django.db.models import F, Q

from config.models import Store
from serverlesspresso.core import clock
from serverlesspresso.core.errors import Refusal
from serverlesspresso.events.log.publish import notify_store_screens

from . import commands, counting, deadlines, events, processor, queries
from .errors import too_late
from .models import Order, Status


def call_again(order: Order, *, by) -> Order:
    """Call the number of a ready drink once more: the wall and the phone show it as if it had just come.

    How long it waits to be collected does not change. Raises OrderError when it is not ready any more.
    """
    with transaction.atomic():
        now = clock.now()
        queue = counting.queue_of(order.store_id)
        there = Order.objects.filter(
            deadlines.in_time(order.store, queue, now), pk=order.pk, status=Status.READY
        )
        if there.update(called_at=now, version=F("version") + 1):
            called = processor.load(order.pk)
            processor.tell(events.ORDER_CALLED, called, at=now)
            return called
    deadlines.settle_overdue(order.store)
    raise too_late(processor.load(order.pk))


def put_back(order: Order, *, by) -> Order:
    """Undo a completion straight from the queue: the order waits again, at its place.

    Raises OrderError and Refusal as recalling and releasing do; if only the recall succeeds, the order is in
    `making`.
    """
    return commands.release(commands.recall(order, by=by), by=by)


def take_over_all(store: Store, colleague, *, by) -> list[Order]:
    """Take over whatever a colleague is making at the store: their tablet died, or they went home.

    Each order is claimed by itself, with an event of its own; one that was finished meanwhile is left out.
    """
    taken = []
    for order in queries.queue_of(store, Status.MAKING).filter(barista=colleague).exclude(barista=by):
        try:
            taken.append(commands.claim(order, by=by, take_over=True))
        except Refusal:
            pass  # the colleague or a clock was faster
    return taken


def hand_back(store: Store, ids: Collection[str], *, to, by) -> list[Order]:
    """Give orders that `by` is making to a colleague: the opposite of taking over.

    Raises OrderError if none of them is still theirs.
    """
    mine = list(queries.queue_of(store, Status.MAKING).filter(pk__in=ids))
    given = [order for order in mine if _give(order, to=to, by=by)]
    if mine and not given:
        raise too_late(processor.load(mine[0].pk))
    return given


def _give(order: Order, *, to, by) -> Order | None:
    with transaction.atomic():
        now = clock.now()
        sets = {"barista": to, "claimed_at": now, "by": by, "facts": {"take_over": True}}
        return processor.move(order, "take_over", now=now, where=Q(barista=by), **sets)


@transaction.atomic
def see_cancelled(store: Store, ids: Collection[str] | None = None) -> int:
    """Take cancelled tickets off the bar once somebody has seen them (None: all); returns how many."""
    struck = Order.objects.filter(store=store, struck=True)
    seen = (struck if ids is None else struck.filter(pk__in=ids)).update(struck=False)
    if seen:
        notify_store_screens(store.slug)
    return seen


def free_places(store: Store, *, by) -> list[Order]:
    """Cancel the orders of people who have been choosing for long; returns those cancelled.

    Anybody who has sent a choice meanwhile keeps the place.
    """
    freed = []
    for order in queries.choosing_long(store):
        try:
            freed.append(
                commands.cancel(order, by=by, reason="choosing_long", only=Q(status=Status.CHOOSING))
            )
        except Refusal:
            pass  # the owner has chosen, or their time was up
    return freed
