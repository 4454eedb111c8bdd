"""OrderProcessor: the state machine as data, the one function that writes `status`, and the chains' steps.

Every step is idempotent and does nothing when the order is no longer where it expects it, because
Celery loses and repeats tasks (docs/explanation/decisions.md).
"""

import datetime as dt
import secrets
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F, Q

from config.models import Store
from display import qr_codes
from serverlesspresso.core import clock
from serverlesspresso.core.db import rows
from serverlesspresso.core.db.prepared import PreparedCount, PreparedQuery, PreparedValues
from serverlesspresso.core.failpoints import hit
from serverlesspresso.events.log.publish import notify_screens, publish
from serverlesspresso.events.log.registry import EVENT_TYPES

from . import chains, counting, events, wait_times
from .models import LIVE, TERMINAL, Order, Status

S = Status
ANYWHERE = Q()
_NEXT_VERSION = F("version") + 1
with_people = PreparedQuery(
    lambda pk: Order.objects.select_related("store", "barista", "customer").filter(pk=pk)
)
"""An order with its store and people, by id."""
locked_store = PreparedQuery(lambda pk: Store.objects.select_for_update(no_key=True).filter(pk=pk))
"""A store by id, locked until the transaction ends: under it places are counted."""


@dataclass(frozen=True)
class Edge:
    """One legal move: who may make it (chain, clock, owner, staff), from where to where, and what is told."""

    command: str
    sources: tuple[Status, ...]
    target: Status
    event: str | None
    by: tuple[str, ...]


EDGES: dict[str, Edge] = {
    edge.command: edge
    for edge in (
        Edge("start", (S.VALIDATING,), S.CHOOSING, events.WORKFLOW_STARTED, ("chain",)),
        Edge("reject", (S.VALIDATING,), S.REJECTED, events.SHOP_UNAVAILABLE, ("chain",)),
        Edge("submit", (S.CHOOSING,), S.SUBMITTED, None, ("owner",)),
        Edge("extend", (S.CHOOSING,), S.CHOOSING, None, ("owner",)),
        Edge("enqueue", (S.SUBMITTED,), S.QUEUED, events.WAITING_COMPLETION, ("chain",)),
        Edge("swap", (S.QUEUED,), S.QUEUED, events.ORDER_CHANGED, ("owner",)),
        Edge("make", (S.QUEUED,), S.MAKING, events.MAKE_ORDER, ("staff",)),
        Edge("take_over", (S.MAKING,), S.MAKING, events.MAKE_ORDER, ("staff",)),
        Edge("unmake", (S.MAKING,), S.QUEUED, events.UNMAKE_ORDER, ("staff",)),
        Edge("complete", (S.QUEUED, S.MAKING), S.READY, events.ORDER_COMPLETED, ("staff",)),
        Edge("recall", (S.READY,), S.MAKING, events.ORDER_RECALLED, ("staff",)),
        Edge("collect", (S.READY,), S.COLLECTED, events.ORDER_COLLECTED, ("owner", "staff")),
        Edge("cancel", (*LIVE, S.READY), S.CANCELLED, events.ORDER_CANCELLED, ("staff",)),
        Edge(
            "withdraw",
            (S.VALIDATING, S.CHOOSING, S.SUBMITTED, S.QUEUED),
            S.CANCELLED,
            events.ORDER_CANCELLED,
            ("owner",),
        ),
        Edge("customer_timeout", (S.CHOOSING,), S.TIMED_OUT, events.ORDER_TIMED_OUT, ("clock",)),
        Edge("barista_timeout", (S.QUEUED,), S.TIMED_OUT, events.ORDER_TIMED_OUT, ("clock",)),
        Edge("claim_ran_out", (S.MAKING,), S.QUEUED, events.UNMAKE_ORDER, ("clock",)),
        Edge("not_collected", (S.READY,), S.COLLECTED, events.ORDER_COLLECTED, ("clock",)),
    )
}
"""The rule book's table of an order's life. The guard, the admin, the journey, the docs and the model test
all read this one."""


def move(
    order: Order, command: str, *, now: dt.datetime, where: Q = ANYWHERE, by=None, facts=None, **sets
) -> Order | None:
    """Make one move of the table, by compare-and-set, and publish its event; None if somebody was first.

    `where` narrows the move (a clock, a claim); `sets` are further columns, `facts` what the event says
    beyond what the order itself knows. Call it in a transaction, and nothing that writes after it.
    """
    edge = EDGES[command]
    values = {
        **_moments(order.store, edge.target, sets, now),
        "status": edge.target,
        "version": _NEXT_VERSION,
        "moved_at": now,
        "last_command": command,
        "last_by": by,
        **sets,
    }
    if edge.target in TERMINAL:
        values["finished_at"] = now
    hit("move.begins")
    moved = rows.change(Order, Q(where, pk=order.pk, status__in=edge.sources), **values)
    if moved is None:
        return None
    hit("move.updated")
    for name in ("store", "customer", "barista"):  # the store and people known already are not read again
        field = Order._meta.get_field(name)
        known = values.get(name) or field.get_cached_value(order, default=None)
        if known is not None and known.pk == getattr(moved, field.attname):
            field.set_cached_value(moved, known)
    if edge.event:
        tell(edge.event, moved, at=now, **(facts or {}))
    else:
        notify_screens(moved.store.slug, moved.pk)
    hit("move.told")
    if edge.target in TERMINAL:
        chains.start(chains.CLOSE, moved.pk)
    return moved


def _moments(store: Store, target: Status, sets: dict, now: dt.datetime) -> dict:
    """What is awaited in a status, until when and under which fresh task token; and in staffed time, too, the
    moments of the bar's work that are set now or taken back."""
    seconds = {
        S.CHOOSING: store.customer_s,
        S.MAKING: store.claim_s,
        S.READY: store.pickup_s,
    }.get(target)
    waits = seconds is not None or target == S.QUEUED
    values: dict = {
        "deadline_at": now + dt.timedelta(seconds=seconds) if seconds else None,
        "task_token": secrets.token_urlsafe(16) if waits else "",
    }
    if target == S.QUEUED:
        values["queued_clock"] = store.patience_time(now)  # the barista's clock; see orders/deadlines.py
    for moment in ("queued", "claimed", "completed"):
        if f"{moment}_at" in sets and (at := sets[f"{moment}_at"]) in (now, None):
            values[f"{moment}_staffed"] = at and store.staffed_time(now)
    return values


def record(order: Order, status: Status, *, now: dt.datetime, **sets) -> Order:
    """Write where a recording says its order was: beside the table, and for a recording's store only.

    Nothing is told, no clock runs and no chain starts: the recording says what comes next. The books count
    as settled, so that the sweep leaves such an order alone. Raises Order.DoesNotExist for any other store's.
    """
    values = {"status": status, "version": F("version") + 1, "moved_at": now, "last_by": None, **sets}
    values |= {"deadline_at": None, "task_token": "", "settled_at": now, "last_command": "record"}
    values["finished_at"] = now if status in TERMINAL else None
    recorded = Order.objects.filter(pk=order.pk, store__kind=Store.Kind.RECORDING)
    if not recorded.update(**values):
        raise Order.DoesNotExist(order.pk)
    return load(order.pk)


def tell(event: str, order: Order, *, at: dt.datetime | None = None, **facts) -> None:
    """Publish an event of an order: what the order knows of what such an event carries, and further facts."""
    known = {
        "source": order.source,
        "customer": order.customer_id,
        "series": order.series,
        "number": order.number,
        "drink": order.drink,
        "modifiers": order.modifiers,
        "barista": order.barista_id,
        "status": order.status,
        "reason": order.reason or None,
        "submitted_at": clock.text(order.submitted_at),
        "deadline_at": clock.text(order.deadline_at),
    }
    data = {field: known[field] for field in EVENT_TYPES[event].fields if field in known} | facts
    publish(event, store=order.store.slug, order=order.pk, version=order.version, at=at, **data)


def load(order_id: str) -> Order:
    """An order with its store and people, as of now."""
    order = with_people.first(order_id)
    if order is None:
        raise Order.DoesNotExist(order_id)
    return order


def find(order_id: str, *statuses: Status, **more) -> Order | None:
    """The order with its store, if it is in one of these statuses (and like that)."""
    return rows.first(Order, Q(pk=order_id, status__in=statuses, **more), beside=("store",))


# -- chain "open": store open? room? then wait for the customer -----------------------------------
# A step looks before it begins a transaction: mostly there is nothing to change, or nothing to do any more.


def check_store_open(order_id: str) -> None:
    """Reject the order if the store closed or paused since the scan."""
    order = find(order_id, S.VALIDATING)
    if order and not order.store.is_open:
        _reject(order, "store_closed")
    elif order and order.store.is_paused:
        _reject(order, "store_paused")


_before = PreparedCount(
    lambda store, moment: Order.objects.filter(
        store=store, status__in=LIVE, priority=False, created_at__lt=moment
    )
)


def check_capacity(order_id: str) -> None:
    """Reject the order if there is no longer room for it and those that came before."""
    order = find(order_id, S.VALIDATING, priority=False)
    if order and _is_full_for(order):
        with transaction.atomic():
            locked_store.first(order.store_id)
            if _is_full_for(order):
                _reject(order, "queue_full")


def _is_full_for(order: Order) -> bool:
    return _before.count(order.store_id, order.created_at) >= order.store.capacity


def await_customer(order_id: str) -> None:
    """Let the customer choose, until the customer's clock runs out."""
    if order := find(order_id, S.VALIDATING):
        with transaction.atomic():
            move(order, "start", now=clock.now())


@transaction.atomic
def _reject(order: Order, reason: str) -> None:
    move(order, "reject", now=clock.now(), reason=reason)


# -- chain "queue": a number, then wait for a barista ---------------------------------------------


_in_line = PreparedValues(
    lambda store, moment: (
        Order.objects.filter(store=store, status=S.SUBMITTED, number=None, submitted_at__lte=moment)
        .order_by("submitted_at", "pk")
        .values_list("pk", "place")
    )
)
"""The orders of a store that were submitted by a moment and have no number yet."""


def assign_number(order_id: str) -> None:
    """Give a submitted order its number, once, and before it those that were submitted before it theirs:
    whose step comes first is chance."""
    if order := find(order_id, S.SUBMITTED, number=None):
        _number_up_to(order)


@transaction.atomic
def _number_up_to(order: Order) -> None:
    queue = counting.next_number(order.store)
    given = 0
    for pk, place in _in_line.all(order.store_id, order.submitted_at):
        number = queue.last_number + given
        mine = Q(pk=pk, status=S.SUBMITTED, number=None)
        sets = {"number": number, "place": place or counting.place(queue.series, number)}
        given += rows.change_all(Order, mine, series=queue.series, **sets)
    if not given:
        transaction.set_rollback(True)  # somebody was first: a number taken now would be a gap
    elif given > 1:
        counting.take_more(order.store, given - 1)
    hit("number.given")


def await_barista(order_id: str) -> None:
    """Put a numbered order into the queue."""
    if order := find(order_id, S.SUBMITTED, number__isnull=False):
        now = clock.now()
        promised = wait_times.promise(order, now)
        with transaction.atomic():
            where = Q(number__isnull=False)
            move(order, "enqueue", now=now, where=where, queued_at=now, **promised)


# -- chain "close": settle the books ---------------------------------------------------------------


def settle(order_id: str) -> None:
    """Settle the books of an order that ended: its hold goes back if it never got to a drink."""
    if order := find(order_id, *TERMINAL, settled_at=None):
        _settle(order)


@transaction.atomic
def _settle(order: Order) -> None:
    now = clock.now()
    if not rows.change_all(Order, Q(pk=order.pk, settled_at=None), settled_at=now):
        return
    hit("settle.marked")
    if order.hold_id and order.submitted_at is None:
        qr_codes.give_back(order.hold_id)
    tell(events.ORDER_FINISHED, order, at=now)


STEPS = {
    step.__name__: step
    for step in (check_store_open, check_capacity, await_customer, assign_number, await_barista, settle)
}
"""The chains' steps by name."""


def run_steps(steps: tuple[str, ...], order_id: str) -> None:
    """Run a chain's steps here and now: for the sweep, and for a caller who cannot wait for the worker."""
    for step in steps:
        hit("step.begins")
        STEPS[step](order_id)
        hit("step.done")
