"""From a scan to an order: every check of the rule book, in its order. A refusal uses nothing up."""

import datetime as dt

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from config.models import Store
from display import qr_codes
from display.models import Code, Hold
from serverlesspresso.accounts.identity import Person
from serverlesspresso.accounts.privacy.forgotten_contacts import former_selves
from serverlesspresso.core import clock
from serverlesspresso.core.db import rows
from serverlesspresso.core.errors import Refusal
from serverlesspresso.core.failpoints import hit

from . import deadlines, events, invitations, processor, queries, wait_times, workflow
from .models import COUNTS, LIVE, Grant, Invite, Order

_COUNTED = (Order.Source.SCAN, Order.Source.INVITE)
"""Counts towards the daily limit: drinks people asked for themselves."""
_SOON_S = 120
"""Seconds until the next attempt, while the bar's pace is unknown."""


def scan(code: Code, person: Person, *, network: str = "") -> Hold:
    """Take a hold for somebody who scanned a code. Raises the refusals of the rule book (codes and holds).

    `network` is where the scan came from: people without a name on one network may hold only part of a code.
    """
    deadlines.settle_overdue(code.store)
    _refuse_at_once(code, person)
    with transaction.atomic():
        store = lock(code.store)
        check_person(store, person)
        mine = qr_codes.open_hold(store, user=person.user, browser=person.browser)
        if mine:
            return mine  # scanned twice: one drink, not two
        hold = qr_codes.take_hold(code, user=person.user, browser=person.browser, network=network)
        _check_room(store)
    return hold


def _refuse_at_once(code: Code, person: Person) -> None:
    """Refuse without the store's lock: in a rush most people find the code used up and need not wait.

    The checks and their order are those under the lock, where whoever passes is checked again.
    """
    if not qr_codes.is_used_up(code):
        return
    check_person(code.store, person)
    if person.is_new:
        qr_codes.refuse_used_up(code)
    if not qr_codes.open_hold(code.store, user=person.user, browser=person.browser):
        qr_codes.refuse_used_up(code, user=person.user, browser=person.browser)


def create_order(hold: Hold, person: Person, *, name: str = "") -> Order:
    """Make the hold of somebody who has signed in an order. Raises the refusals of the rule book.

    A hold of somebody who may not order goes back at once; one that only finds no room can be tried again.
    """
    try:
        with transaction.atomic():
            store = lock(hold.code.store)
            check_person(store, person)
            _check_room(store, hold)
            return _create(store, hold, person, name)
    except Refusal as refusal:
        if refusal.code in ("already_ordering", "limit_reached"):
            qr_codes.drop(hold.pk)  # sent twice: the hold may just have become the order that is in the way
        raise


def scan_and_create(store: Store, token: str, person: Person, *, settled: bool = False) -> Order:
    """Scan and order in one call, all or nothing: for the API.

    `settled` says that what is overdue was settled before, by a caller who is in a transaction: settling many
    orders in a transaction that then locks the store can deadlock.
    """
    if not settled:
        deadlines.settle_overdue(store)
    with transaction.atomic():
        store = lock(store)
        check_person(store, person)
        hold = qr_codes.take_hold(qr_codes.find_code(token, store), user=person.user, browser=person.browser)
        _check_room(store)
        return _create(store, hold, person, "")


def lock(store: Store) -> Store:
    """The store's row lock, under which places are counted: two scans cannot both take the last one."""
    locked = processor.locked_store.first(store.pk)
    if locked is None:
        raise Store.DoesNotExist(store.pk)
    hit("scan.locked")
    return locked


def invite(invitation: Invite, person: Person) -> Order:
    """Make an order from an invitation, which replaces the code. Raises the refusals of the rule book.

    A priority order has a place beyond the queue and does not count towards the daily limit.
    """
    deadlines.settle_overdue(invitation.store)
    with transaction.atomic():
        store = lock(invitation.store)
        check_person(store, person, limited=not invitation.priority)
        if not invitation.priority:
            _check_room(store)
        invitations.use(invitation)
        order = _make(
            store,
            person,
            scan_day=store.local_day(clock.now()),
            source=Order.Source.INVITE,
            priority=invitation.priority,
            bring=invitation.bring,
        )
        Invite.objects.filter(pk=invitation.pk).update(order=order)
    return order


def _create(store: Store, hold: Hold, person: Person, name: str) -> Order:
    if not qr_codes.use_hold(hold, person.user):
        raise Refusal(
            _("Your place expired before you signed in. Please scan the code again."), code="hold_ran_out"
        )
    hit("order.held")
    return _make(store, person, name=name, hold=hold, scan_day=store.local_day(hold.taken_at))


def _make(store: Store, person: Person, *, name: str = "", **fields) -> Order:
    now = clock.now()
    order = rows.add(
        Order,
        store=store,
        customer=person.user,
        browser=person.browser,
        name=name or (person.user.name if person.user else ""),
        created_at=now,
        moved_at=now,
        **fields,
    )
    hit("order.created")
    processor.tell(events.NEW_ORDER, order, at=now)
    workflow.start(workflow.OPEN, order.pk)
    return order


def _of(person: Person) -> Q:
    """What belongs to a person, orders and grants alike: by user, and for guests by browser."""
    mine = Q(pk__in=())
    if person.user:
        mine |= Q(customer=person.user)
    if person.browser and (person.user is None or person.user.is_guest):
        mine |= Q(browser=person.browser, customer__is_guest=True)
    return mine


def orders_of(person: Person):
    """All orders of a person: of the user, and for guests of the browser."""
    return Order.objects.filter(_of(person))


def current_order(store: Store, person: Person) -> Order | None:
    """The live order this person has at the store."""
    if person.is_new:
        return None
    live = Q(_of(person), ~Q(source=Order.Source.REMAKE), store=store, status__in=LIVE)
    return rows.first(Order, live, "created_at")


def check_person(store: Store, person: Person, *, limited: bool = True) -> None:
    """Whether this person may order here now: the checks before the code. Raises their refusals.

    Without `limited` the daily limit does not apply: a guest of the house may have another drink.
    """
    if order := current_order(store, person):
        raise Refusal(
            _("You are already ordering here. One drink at a time: here is your order."),
            code="already_ordering",
            order_id=order.pk,
            order_status=order.status,
            next_url=reverse("orders:order", args=[order.pk]),
            next_label=_("Show my order"),
        )
    if not store.is_open or store.archived_at:
        raise Refusal(
            _("The bar is closed. You haven’t lost your drink; the bar’s page says when it opens."),
            code="store_closed",
            **_to_the_bar(store),
        )
    if store.is_paused:
        raise Refusal(
            _(
                "Nobody is at the bar right now. You haven’t lost your drink; please scan again as "
                "soon as a barista is back."
            )
            if store.paused_by_itself
            else _(
                "The baristas are taking a short break from new orders. You haven’t lost your drink; "
                "please scan again in a few minutes."
            ),
            code="store_paused",
            **_to_the_bar(store),
        )
    if limited:
        _check_limit(store, person)


def _check_limit(store: Store, person: Person) -> None:
    if again := next_drink(store, person):
        raise Refusal(
            _(
                "That was your coffee for today. The next one is on us tomorrow; "
                "ask a barista if you need it sooner."
            ),
            code="limit_reached",
            retry_at=again,
        )


def next_drink(store: Store, person: Person) -> dt.datetime | None:
    """When a person who has had today's drinks may order here again (UTC); None for now."""
    if not store.per_day or not store.limited or person.is_new:
        return None
    today = store.local_day(clock.now())
    counted = Q(store=store, scan_day=today, status__in=COUNTS, source__in=_COUNTED, priority=False)
    selves = [_of(person), *(Q(customer=each) for each in former_selves(person.user))]
    had = sum(rows.count(Order, mine & counted) for mine in selves)
    if had < store.per_day + sum(rows.count(Grant, Q(mine, store=store, day=today)) for mine in selves):
        return None
    tomorrow = dt.datetime.combine(today + dt.timedelta(days=1), dt.time(), tzinfo=store.zone)
    return tomorrow.astimezone(dt.UTC)


def _check_room(store: Store, but: Hold | None = None) -> None:
    if not queries.has_room(store, but=but):
        raise Refusal(
            _("The queue is full. You haven’t lost your drink; please scan again in a few minutes."),
            code="queue_full",
            retry_at=clock.now() + dt.timedelta(seconds=wait_times.room_in(store) or _SOON_S),
            **_to_the_bar(store),
        )


def _to_the_bar(store: Store) -> dict:
    return {"next_url": reverse("orders:store", args=[store.slug]), "next_label": _("To the bar’s page")}
