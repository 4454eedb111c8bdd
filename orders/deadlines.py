"""Clocks: when an order's time is up. Commands and timeouts are complementary, so exactly one wins.

The barista's clock is the store's: a queued order is overdue when, since it was queued, no barista has
claimed, completed or cancelled anything for `barista_s` of patience time, which stands still only while
somebody has paused the store. `queued_clock` and `active_clock` are readings of it.
"""

import datetime as dt
import logging

from django.db import transaction
from django.db.models import F, Q

from config.models import Store
from display.models import Hold
from serverlesspresso.core import clock
from serverlesspresso.core.db import rows
from serverlesspresso.core.db.prepared import PreparedCount, PreparedValues
from serverlesspresso.core.failpoints import hit

from . import clock_setback, counting, patience, processor, queries, workflow
from .models import TERMINAL, Heartbeat, Order, Queue, Status, Turn

logger = logging.getLogger(__name__)

MORE_TIME = 10
"""How often an owner may ask for more time to choose (rule book, after WCAG 2.2.1)."""
MORE_TIME_IN_A_RUSH = 1
"""The same while somebody is on the waiting list."""
GAP = dt.timedelta(minutes=5)
"""After longer without a sweep all deadlines move: a laptop slept and nobody could act, or the clock was
set."""
AHEAD = dt.timedelta(seconds=2)
"""A last sweep further in the future than this ran by a clock set back since. Processes differ by less."""
_BATCH = 200
_NEVER = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
"""Before any order was queued."""
_TIMEOUTS: dict[Status, tuple[str, dict, dict]] = {
    Status.CHOOSING: ("customer_timeout", {"reason": "customer_timeout"}, {"clock": "customer"}),
    Status.QUEUED: ("barista_timeout", {"reason": "barista_timeout"}, {"clock": "barista"}),
    Status.MAKING: ("claim_ran_out", {"barista": None, "claimed_at": None}, {"reason": "claim_ran_out"}),
    Status.READY: ("not_collected", {"reason": "not_collected"}, {"reason": "not_collected"}),
}


def in_time(store: Store, queue: Queue | None, now: dt.datetime) -> Q:
    """Orders of the store that a command may still reach: their time is not up.

    A claim that ran out keeps nobody from finishing the drink: no clock ever cancels a drink being made.
    """
    since = _idle_since(store, queue, now)
    idle = Q(queued_clock__lte=since) if since else Q(pk__in=())
    return (
        Q(status__in=(Status.VALIDATING, Status.SUBMITTED, Status.MAKING))
        | Q(status__in=(Status.CHOOSING, Status.READY), deadline_at__gt=now)
        | (Q(status=Status.QUEUED) & ~idle)
    )


def overdue(store: Store, queue: Queue | None, now: dt.datetime) -> Q:
    """Orders of the store whose time is up: what `in_time` leaves, and claims that ran out."""
    return _overdue(now, _idle_since(store, queue, now))


def _overdue(now: dt.datetime, idle_since: dt.datetime | None) -> Q:
    late = Q(status__in=(Status.CHOOSING, Status.MAKING, Status.READY), deadline_at__lte=now)
    return late | Q(status=Status.QUEUED, queued_clock__lte=idle_since) if idle_since else late


def _idle_since(store: Store, queue: Queue | None, now: dt.datetime) -> dt.datetime | None:
    """Queued before then, by the clock of patience, an order is idle; None when a barista was at work:
    nothing is."""
    since = store.patience_time(now) - dt.timedelta(seconds=store.barista_s)
    return None if queue and queue.active_clock and queue.active_clock > since else since


def idle(store: Store, queue: Queue | None, now: dt.datetime) -> list[str]:
    """The ids of the store's queued orders whose time is up, by their place."""
    since = _idle_since(store, queue, now)
    return _idle_ones.flat(store.pk, since) if since else []


def deadline(order: Order, queue: Queue | None) -> dt.datetime | None:
    """When this order's time is up (UTC); None when no clock runs, as in the queue of a store that somebody
    paused."""
    if order.status != Status.QUEUED:
        return order.deadline_at
    return baristas_deadline(order.store, order.queued_clock, queue.active_clock if queue else None)


def baristas_deadline(
    store: Store, queued: dt.datetime | None, active: dt.datetime | None
) -> dt.datetime | None:
    """When the time is up (UTC) of an order queued then, with a barista last at work then, both by the clock
    of patience; None while that stands."""
    since = patience.idle_from(store, queued, active)
    return since and since + dt.timedelta(seconds=store.barista_s)


_late = PreparedValues(
    lambda store, now, idle_since: Order.objects.filter(_overdue(now, idle_since), store=store).values_list(
        "pk"
    )[:_BATCH]
)
_ended = PreparedValues(
    lambda store: Order.objects.filter(store=store, settled_at=None, status__in=TERMINAL).values_list("pk")[
        :_BATCH
    ]
)
_idle_ones = PreparedValues(
    lambda store, since: (
        Order.objects.filter(store=store, status=Status.QUEUED, queued_clock__lte=since)
        .order_by("place")
        .values_list("pk")[:_BATCH]
    )
)
_anything = PreparedValues(
    lambda store, now, idle_since, slept, ahead: (
        Heartbeat.objects.filter(_out_of_step(slept, ahead))
        .values_list("pk")
        .union(
            Order.objects.filter(_overdue(now, idle_since), store=store).order_by().values_list("pk"),
            Order.objects.filter(store=store, settled_at=None, status__in=TERMINAL)
            .order_by()
            .values_list("pk"),
            all=True,
        )
    )
)
"""Whether there may be something to settle: usually there is not, and this one query says so.

Without a limit: with one, PostgreSQL would expect an early match and scan a store's whole past.
"""
_slept = PreparedCount(lambda since: Heartbeat.objects.filter(name="sweep", at__lte=since))
_jumped = PreparedCount(lambda slept, ahead: Heartbeat.objects.filter(_out_of_step(slept, ahead)))


def _out_of_step(slept: dt.datetime, ahead: dt.datetime) -> Q:
    return Q(name="sweep") & (Q(at__lte=slept) | Q(at__gt=ahead))


def settle_overdue(store: Store) -> int:
    """Time out what is overdue at a store and settle what ended there; returns how many orders.

    Called by scans and refused commands too, so that nobody is blocked by a dead worker.
    """
    now = clock.now()
    if not _anything.all(store.pk, now, _idle_since(store, None, now), now - GAP, now + AHEAD):
        return 0
    shift_after_downtime()
    idle_since = _idle_since(store, counting.queue_of(store.pk), now) or _NEVER
    done = sum(bool(time_out(pk)) for pk in _late.flat(store.pk, now, idle_since))
    for pk in _ended.flat(store.pk):
        workflow.settle(pk)
    return done


@transaction.atomic
def time_out(order_id: str) -> Order | None:
    """End an order (or its claim) whose time is up; None if it is not, or if somebody else was first."""
    order = processor.find(order_id, *_TIMEOUTS)
    if order is None:
        return None
    command, sets, facts = _TIMEOUTS[Status(order.status)]
    hit("overdue.found")
    queue = counting.lock_queue(order.store)  # nobody claims, completes or cancels meanwhile
    now = clock.now()
    where = overdue(order.store, queue, now) & Q(task_token=order.task_token)
    return processor.move(order, command, now=now, where=where, facts=facts, **sets)


def more_time(order: Order) -> int:
    """How often the owner may still ask for more time to choose; 0 or less: no more."""
    rushed = order.extensions >= MORE_TIME_IN_A_RUSH and queries.somebody_waits(order.store)
    return (MORE_TIME_IN_A_RUSH if rushed else MORE_TIME) - order.extensions


def record_heartbeat() -> None:
    """Record that the sweep ran now, unless a gap or a changed clock must be handled first."""
    now = clock.now()
    in_step = ~_out_of_step(now - GAP, now + AHEAD)
    if not rows.change_all(Heartbeat, Q(in_step, name="sweep"), at=now):
        Heartbeat.objects.get_or_create(name="sweep", defaults={"at": now})


def unswept_since(moment: dt.datetime) -> bool:
    """Whether the last sweep ran at or before that moment; False if none ever did."""
    return _slept.count(moment) > 0


def shift_after_downtime() -> bool:
    """Move every deadline by the time without a sweep, if over 5 minutes, or by how far the clock was set
    back; returns whether any moved."""
    now = clock.now()
    return _jumped.count(now - GAP, now + AHEAD) > 0 and _shift_after_downtime()


@transaction.atomic
def _shift_after_downtime() -> bool:
    now = clock.now()
    out_of_step = _out_of_step(now - GAP, now + AHEAD)
    last = Heartbeat.objects.filter(out_of_step).select_for_update().first()
    if last is None:
        return False
    gap = now - last.at
    if not Heartbeat.objects.filter(name="sweep", at=last.at).update(at=now):
        return False
    if gap < dt.timedelta():
        logger.warning("the clock was set back by %s: what was set by it moves by that", -gap)
        clock_setback.go_back(-gap, now)
        return True
    logger.warning("no sweep ran for %s: all deadlines move by that", gap)
    Order.objects.filter(deadline_at__isnull=False).update(deadline_at=F("deadline_at") + gap)
    Store.objects.filter(paused_at=None).update(paused_for=F("paused_for") + gap)
    Store.objects.filter(paused_by_itself=True).update(deserted_for=F("deserted_for") - gap)
    Hold.objects.filter(used_at=None, returned_at=None).update(expires_at=F("expires_at") + gap)
    Turn.objects.filter(ended_at=None).update(
        expires_at=F("expires_at") + gap, offered_until=F("offered_until") + gap
    )
    return True
