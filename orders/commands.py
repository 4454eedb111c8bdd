"""OrderManager: the commands on an order, one function each; views, API and admin call them.

The caller checks who may do what (`serverlesspresso.accounts.permissions`, and ownership); whether it can
still be done is decided here, by the database. Repeating one's own act changes nothing and is no error.
"""

import datetime as dt

from django.db import transaction
from django.db.models import BooleanField, ExpressionWrapper, Q
from django.utils.translation import gettext as _

from config import services
from config.menu import catalog
from config.models import Store
from display import qr_codes
from serverlesspresso.accounts.validators import clean_name
from serverlesspresso.core import clock
from serverlesspresso.core.db import rows
from serverlesspresso.core.errors import Refusal
from serverlesspresso.core.failpoints import hit

from . import counting, deadlines, events, processor, workflow
from .errors import OrderError, changed_meanwhile, too_late, too_late_to_recall
from .models import LIVE, Grant, Order, Queue, Status

RECALL_FOR = dt.timedelta(seconds=600)
"""How long a ready drink can be recalled."""
_LIES_THERE = ExpressionWrapper(Q(number__isnull=False), output_field=BooleanField())
"""Whether an order's ticket lies on the bar."""

# -- the owner -------------------------------------------------------------------------------------


def submit(
    order: Order, *, drink: str, modifiers, by, name: str | None = None, version: int | None = None
) -> Order:
    """Send the owner's choice to the bar. In `queued` it swaps the drink; the place is kept.

    `order` is its current row; `name` is a new name for the cup, empty for none; with `version` the order
    must not have changed meanwhile. An order between two steps is moved on first. Raises Invalid, Refusal
    `sold_out` (from the menu), OrderError `changed_meanwhile`, and `too_late` when the drink can no longer be
    chosen or swapped.
    """
    known, order = order, _run_pending_steps(order)
    if version is not None and order is not known:
        version += 1  # the steps of a chain are one change
    if order.status == Status.CHOOSING:
        named = {} if name is None else {"name": clean_name(name) if name.strip() else ""}
        return _choose(order, _on_the_menu(order, drink, modifiers), by, version, **named)
    if order.status == Status.QUEUED:
        return swap(order, drink=drink, modifiers=modifiers, by=by, version=version)
    return _refuse(order, "submit", by, version)


def _run_pending_steps(order: Order) -> Order:
    steps = {Status.VALIDATING: workflow.OPEN, Status.SUBMITTED: workflow.QUEUE}.get(Status(order.status))
    if steps is None:
        return order
    workflow.run(steps, order.pk)
    return processor.load(order.pk)


def _on_the_menu(order: Order, drink: str, modifiers) -> catalog.Choice:
    """What was chosen for an order; a sold-out refusal names this order."""
    try:
        return catalog.choose(order.store, drink, modifiers)
    except Refusal as refusal:
        if refusal.code == "sold_out":
            refusal.order_status, refusal.order_id = order.status, order.pk
        raise


def _choose(order: Order, choice: catalog.Choice, by, version: int | None, **named: str) -> Order:
    with transaction.atomic():
        now = clock.exact()
        sets = {"drink": choice.drink, "modifiers": list(choice.modifiers), "submitted_at": now}
        where = _in_time(order, now, version=version)
        done = processor.move(order, "submit", now=now, where=where, by=by, **sets, **named)
        if done:
            workflow.start(workflow.QUEUE, order.pk)
    return done or _refuse(order, "submit", by, version)


def swap(order: Order, *, drink: str, modifiers, by, version: int | None = None) -> Order:
    """Change the drink while it waits; the place is kept. The same drink again changes nothing."""
    if order.drink == drink and sorted(order.modifiers) == sorted(modifiers):
        return order
    choice = _on_the_menu(order, drink, modifiers)
    with transaction.atomic():
        now = clock.now()
        sets = {"drink": choice.drink, "modifiers": list(choice.modifiers)}
        clock_kept = {"queued_clock": order.queued_clock}  # a swap does not restart the barista's clock
        where = _in_time(order, now, queued=True, version=version)
        done = processor.move(order, "swap", now=now, where=where, by=by, **sets, **clock_kept)
    return done or _refuse(order, "swap", by, version)


def extend(order: Order, *, by) -> Order:
    """Give the owner the whole time to choose again, up to 10 times, and once while somebody is on the
    waiting list; raises OrderError `no_more_time`."""
    if order.status == Status.CHOOSING and deadlines.more_time(order) <= 0:
        text = _("You have already had more time, and others are waiting for a place. Please choose now.")
        if order.extensions >= deadlines.MORE_TIME:
            text = _(
                "You have asked for more time %(count)d times, which is the limit. Please choose now."
            ) % {"count": deadlines.MORE_TIME}
        raise OrderError(text, code="no_more_time", order_status=order.status, order_id=order.pk)
    with transaction.atomic():
        now = clock.now()
        where = _in_time(order, now) & Q(extensions=order.extensions)
        done = processor.move(order, "extend", now=now, where=where, by=by, extensions=order.extensions + 1)
    return done or _refuse(order, "extend", by)


def withdraw(order: Order, *, by) -> Order:
    """Cancel one's own order, until making starts."""
    with transaction.atomic():
        now = clock.now()
        facts = {"by": "owner", "reason": "changed_mind"}
        where = _in_time(order, now, queued=True)
        sets = {"reason": "changed_mind", "struck": _LIES_THERE}
        done = processor.move(order, "withdraw", now=now, where=where, by=by, facts=facts, **sets)
    return done or _refuse(order, "withdraw", by)


# -- staff -----------------------------------------------------------------------------------------


def claim(order: Order, *, by, take_over: bool = False) -> Order:
    """Take a waiting order to make it; with `take_over` also from a colleague who has claimed it."""
    if order.status == Status.SUBMITTED:  # give it its number first, or a quick barista is refused
        order = _run_pending_steps(order)
    if order.status == Status.MAKING and order.barista_id == by.pk:
        return order
    with transaction.atomic():
        now, queue = _record_activity(order.store)
        sets = {"by": by, "barista": by, "claimed_at": now}
        where = deadlines.in_time(order.store, queue, now)
        done = processor.move(order, "make", now=now, where=where, facts={"take_over": False}, **sets)
        if done is None and take_over:
            where = ~Q(barista=by)
            done = processor.move(order, "take_over", now=now, where=where, facts={"take_over": True}, **sets)
        if done is None:
            transaction.set_rollback(True)
    return done or _refuse(order, "make", by)


def release(order: Order, *, by) -> Order:
    """Put a claimed order back to its place in the queue."""
    with transaction.atomic():
        now = clock.now()
        facts = {"reason": "released"}
        done = processor.move(order, "unmake", now=now, by=by, facts=facts, barista=None, claimed_at=None)
    return done or _refuse(order, "unmake", by)


def complete(order: Order, *, by) -> Order:
    """Say that the drink is ready; straight from the queue too."""
    if order.status == Status.SUBMITTED:  # as in `claim`
        order = _run_pending_steps(order)
    with transaction.atomic():
        now, queue = _record_activity(order.store)
        sets = {"barista": by, "completed_at": now, "claimed_at": order.claimed_at or now}
        where = deadlines.in_time(order.store, queue, now)
        done = processor.move(order, "complete", now=now, where=where, by=by, **sets)
        if done is None:
            transaction.set_rollback(True)
    return done or _refuse(order, "complete", by)


def recall(order: Order, *, by) -> Order:
    """Take a ready drink back into the making, within 10 minutes."""
    with transaction.atomic():
        now = clock.now()
        where = _in_time(order, now) & Q(completed_at__gt=now - RECALL_FOR)
        done = processor.move(order, "recall", now=now, where=where, by=by, barista=by, completed_at=None)
    return done or _refuse(order, "recall", by)


def collect(order: Order, *, by) -> Order:
    """Say that the drink was handed over: by staff, or by the owner ("I have it")."""
    with transaction.atomic():
        now = clock.now()
        facts = {"reason": "collected"}
        done = processor.move(order, "collect", now=now, where=_in_time(order, now), by=by, facts=facts)
    return done or _refuse(order, "collect", by)


def cancel(order: Order, *, by, reason: str = "other", text: str = "", only: Q = processor.ANYWHERE) -> Order:
    """Cancel any order that is not over, with a reason the owner sees (a code, and typed text); with `only`,
    only if that still holds for it."""
    with transaction.atomic():
        now, queue = _record_activity(order.store)
        facts = {"by": "staff", "reason": reason}
        where = deadlines.in_time(order.store, queue, now) & only
        # whoever cancels a ticket has seen it; a colleague who is making it has not
        struck = ExpressionWrapper(~(Q(barista=None) | Q(barista=by)), output_field=BooleanField())
        sets = {"reason": reason, "reason_text": text, "struck": struck}
        done = processor.move(order, "cancel", now=now, where=where, by=by, facts=facts, **sets)
        if done is None:
            transaction.set_rollback(True)
    return done or _refuse(order, "cancel", by)


@transaction.atomic
def walk_up(store: Store, *, by, drink: str, modifiers, name: str = "") -> Order:
    """Type in an order for somebody without a phone. Outside all limits.

    Raises Invalid and Refusal `sold_out` from the menu.
    """
    choice = catalog.choose(store, drink, modifiers)
    return _typed_in(
        store,
        source=Order.Source.WALK_UP,
        drink=choice.drink,
        modifiers=list(choice.modifiers),
        name=name,
        last_by=by,
    )


@transaction.atomic
def remake(order: Order, *, by) -> Order:
    """Make a drink again: a new order linked to the old one, outside limits, with the old one's place."""
    if order.status not in (Status.READY, Status.COLLECTED) or order.place is None:
        raise too_late(order)
    again = {"drink": order.drink, "modifiers": order.modifiers, "name": order.name, "place": order.place}
    return _typed_in(
        order.store, source=Order.Source.REMAKE, customer=order.customer, remake_of=order, last_by=by, **again
    )


def _typed_in(store: Store, **fields) -> Order:
    now = clock.exact()
    order = Order.objects.create(
        store=store,
        status=Status.SUBMITTED,
        scan_day=store.local_day(now),
        created_at=now,
        moved_at=now,
        submitted_at=now,
        **fields,
    )
    hit("order.created")
    processor.tell(events.NEW_ORDER, order, at=now)
    workflow.start(workflow.QUEUE, order.pk)
    return order


def grant_one_more(order: Order, *, by) -> None:
    """Allow the owner of an order one more drink today. Raises OrderError if it has no owner."""
    if order.customer is None:
        raise OrderError(
            _("This order was entered by staff and has no customer account. Enter another one instead."),
            code="no_owner",
        )
    day = order.store.local_day(clock.now())
    Grant.objects.create(
        store=order.store, customer=order.customer, browser=order.browser, day=day, by=by, order=order
    )


def close_store(store: Store, *, by, cancel_live: bool = False) -> Store:
    """Close the store; live orders are finished, or cancelled with a reason if asked for."""
    store = services.set_status(store, open=False)
    if cancel_live:
        for order in (
            Order.objects.select_related("store").filter(store=store, status__in=LIVE).order_by("place")
        ):
            try:
                cancel(order, by=by, reason="store_closed")
            except OrderError:
                pass  # it ended by itself in the meantime
    return store


def new_code(store: Store) -> None:
    """Put a new QR code on the screens now. Holds taken from the old one stay."""
    qr_codes.new_code_now(store)


# -- refusing --------------------------------------------------------------------------------------


def _record_activity(store: Store) -> tuple[dt.datetime, Queue]:
    """Record that a barista acted, which restarts the barista's clock; returns the time and the counter row
    as it was.

    Roll this back if the act came too late.
    """
    queue = counting.lock_queue(store)
    now = clock.now()
    rows.change_all(Queue, Q(pk=queue.pk), active_clock=store.patience_time(now))
    hit("work.noted")
    return now, queue


def _in_time(order: Order, now: dt.datetime, *, queued: bool = False, version: int | None = None) -> Q:
    """`deadlines.in_time`; the baristas' clock is looked at only where the order may be `queued`."""
    queue = counting.queue_of(order.store_id) if queued else None
    in_time = deadlines.in_time(order.store, queue, now)
    return in_time if version is None else in_time & Q(version=version)


def _refuse(order: Order, command: str, by, version: int | None = None) -> Order:
    """Answer an act that did not apply: one's own act repeated is fine, anything else is 409 with the status.

    An order whose time is up is timed out first, so that the answer is true even if no sweep runs.
    """
    deadlines.settle_overdue(order.store)
    order = processor.load(order.pk)
    if version not in (None, order.version):
        raise changed_meanwhile(order)
    if by is not None and order.last_by_id == by.pk and order.last_command == command:
        return order
    if command == "recall" and order.status == Status.READY:
        raise too_late_to_recall(order)
    raise too_late(order)
