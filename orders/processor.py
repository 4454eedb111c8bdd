"""OrderProcessor: the state machine as data, and the one function that writes `status`. What moves an
order on by itself is in `orders.workflow`.
"""

import datetime as dt
import secrets
from dataclasses import dataclass

from django.db.models import F, Q
from django.dispatch import Signal

from config.models import Store
from serverlesspresso.core import clock
from serverlesspresso.core.db import rows
from serverlesspresso.core.db.prepared import PreparedQuery
from serverlesspresso.core.failpoints import hit
from serverlesspresso.events.log.publish import notify_screens, publish
from serverlesspresso.events.log.registry import EVENT_TYPES

from . import events
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
ended = Signal()
"""Sent by `move` with the `order_id` of an order that has ended, in the transaction of its last move."""


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
        ended.send(Order, order_id=moved.pk)
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
