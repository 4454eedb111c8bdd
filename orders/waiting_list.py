"""The waiting list: people who found no room are offered part of each code, in the order in which they asked.

An offer is a hold like a scan's, from the same budget by the same conditional update, and keeps a place in
the queue free. Both go back if it is not taken in time (rule book: waiting list).
"""

import datetime as dt
import logging

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from config.models import Store
from display import qr_codes, wall_proof
from display.models import Code
from serverlesspresso.accounts.identity import Person
from serverlesspresso.core import clock
from serverlesspresso.core.db.prepared import PreparedQuery
from serverlesspresso.core.errors import Bound, Refusal
from serverlesspresso.events.log.publish import notify_screens

from . import admission, invitations, queries
from .models import Invite, Turn

logger = logging.getLogger(__name__)

OFFER_LASTS = dt.timedelta(minutes=2)
"""How long an offer stands."""
WAITS_AT_MOST = dt.timedelta(hours=1)
"""After this long on the list, people have gone."""
PER_PLACE = 5
"""This many people may wait for each place of the queue: later ones would not be reached."""
_NO_CODE_LEFT = ("code_used_up", "code_expired")


def join(store: Store, person: Person, saw: str, *, network: str = "") -> Turn:
    """Put somebody on the list; anybody already on it keeps their turn.

    `saw` is what they recently saw at the wall (`wall_proof.proof`), or the token of an invitation, which it
    uses up. Raises the refusals of the rule book that come before the code, `code_needed`, `code_expired` and
    `code_invalid` (400) for what was not seen there, `room_now` if nobody need wait, `waiting_list_full`, and
    Bound `crowded_network` where one network asks as often as there are places.
    """
    with transaction.atomic():
        store = admission.lock(store)
        if turn := entry_of(store, person):
            return turn
        admission.check_person(store, person)
        shown = check_seen(store, saw)
        waiting = _waiting(store).count()
        if not waiting and _open_to_all(store):
            raise Refusal(
                _("There is room right now. Scan the code on the bar’s screen to order."), code="room_now"
            )
        if waiting >= _most(store):
            raise Refusal(
                _("Very many people are already waiting. Please check again a little later."),
                code="waiting_list_full",
            )
        now = clock.now()
        if isinstance(shown, Invite):
            invitations.use(shown)
        elif network and store.limited:
            _check_network(store, network, shown)
        return Turn.objects.create(
            store=store,
            user=person.user,
            browser=person.browser,
            network=network,
            asked_at=now,
            expires_at=now + WAITS_AT_MOST,
        )


def check_seen(store: Store, saw: str) -> Code | Invite:
    """Check what somebody recently saw at the wall, or was given by staff. Raises what `join` raises for
    it."""
    if not saw:
        raise Refusal(
            _("Please scan the code on the bar’s screen to join the waiting list."),
            code="code_needed",
        )
    return wall_proof.check(saw, store) if wall_proof.is_proof(saw) else invitations.by_token(saw, store)


def _check_network(store: Store, network: str, code: Code) -> None:
    asked = _running(store).filter(network=network, asked_at__gte=code.starts_at).count()
    if asked >= store.capacity:
        raise Bound(
            _(
                "Too many people on your network are on the list right now. Please scan the next "
                "code, or ask us."
            ),
            code="crowded_network",
            bound="list",
            retry_at=max(code.ends_at, clock.now()),
        )


def is_full(store: Store) -> bool:
    """Whether nobody else can get on the list."""
    return _waiting(store).count() >= _most(store)


def _most(store: Store) -> int:
    return PER_PLACE * store.capacity


@transaction.atomic
def leave(turn: Turn) -> None:
    """Take somebody off the list; their offer goes to the next."""
    over = Turn.objects.filter(pk=turn.pk, ended_at=None).update(ended_at=clock.now(), network="")
    if over and turn.hold_id:
        qr_codes.drop(turn.hold_id)


def entry_of(store: Store, person: Person) -> Turn | None:
    """A person's turn at the store that is not over."""
    return _running(store).filter(_of(person)).order_by("asked_at").first()


def last_of(store: Store, person: Person) -> Turn | None:
    """A person's turn at the store, or else their last one that they did not give up."""
    left = Q(ended_at__isnull=False, offered_until=None)
    recent = {"asked_at__gt": clock.now() - 2 * WAITS_AT_MOST}
    had = Turn.objects.filter(_of(person), store=store, **recent).exclude(left).order_by("-asked_at")
    return entry_of(store, person) or had.select_related("store", "hold").first()


def _of(person: Person) -> Q:
    mine = Q(pk__in=())
    if person.user:
        mine |= Q(user=person.user)
    if person.browser:
        mine |= Q(browser=person.browser)
    return mine


def is_running(turn: Turn) -> bool:
    """Whether it is not over: it waits, or its offer stands."""
    return _running(turn.store).filter(pk=turn.pk).exists()


def stage(turn: Turn) -> int:
    """0 while it waits, 1 once it was offered, 2 when it is over: for screens that compare."""
    return 2 if turn.ended_at else int(turn.offered_until is not None)


def before(turn: Turn) -> int:
    """How many people are asked before this one."""
    earlier = Q(asked_at__lt=turn.asked_at) | Q(asked_at=turn.asked_at, pk__lt=turn.pk)
    return _waiting(turn.store).filter(earlier).count()


_waited_for = PreparedQuery(
    lambda: Store.objects.current().filter(
        pk__in=Turn.objects.filter(ended_at=None).values("store"), is_open=True, paused_at=None
    )
)


def offer_due() -> int:
    """Offer what has come free at every store where somebody waits; returns how many got an offer."""
    _end_overdue()
    offered = 0
    for store in _waited_for.all():
        try:
            offered += offer(store)
        except Exception:
            logger.exception("nothing could be offered to who waits at %s; the sweep tries again", store.slug)
    return offered


def offer(store: Store) -> int:
    """Offer what a store's list may have now to the first on it; returns how many got an offer.

    The list may have at most half of a code, so that scanning stays worthwhile, and no more than there is
    room.
    """
    if not _waiting(store).exists():
        return 0
    code = qr_codes.current_code(store)
    if min(_share_left(code), queries.room(store)) <= 0:
        return 0
    offered = 0
    with transaction.atomic():
        store = admission.lock(store)
        free = min(_share_left(code), queries.room(store))
        for turn in _waiting(store).select_related("user", "store").order_by("asked_at", "pk"):
            if offered >= free:
                break
            try:
                offered += _offer(turn, code)
            except Refusal:
                break  # the code has none left
    return offered


def _offer(turn: Turn, code: Code) -> bool:
    """Offer one place; returns whether that person may have it. Raises Refusal when the code has none
    left."""
    person = Person(turn.user, turn.browser)
    try:
        with transaction.atomic():
            admission.check_person(turn.store, person)
            hold = qr_codes.take_hold(code, user=turn.user, browser=turn.browser, lasts=OFFER_LASTS)
    except Refusal as refusal:
        if refusal.code in _NO_CODE_LEFT:
            raise
        Turn.objects.filter(pk=turn.pk).update(ended_at=clock.now(), network="")
        hold = None
    else:
        Turn.objects.filter(pk=turn.pk).update(hold=hold, offered_until=hold.expires_at)
    notify_screens(turn.store.slug, turn.pk)
    return hold is not None


def _share_left(code: Code) -> int:
    """How many drinks of a code the list may still have: half, not counting those given back."""
    given = code.holds.filter(turn__isnull=False, returned_at=None).count()
    return (code.budget + 1) // 2 - given


def _open_to_all(store: Store) -> bool:
    return qr_codes.current_code(store).remaining > 0 and queries.has_room(store)


def _running(store: Store):
    now = clock.now()
    offered = Q(offered_until__gt=now, hold__used_at=None, hold__returned_at=None)
    waits = Q(offered_until=None, expires_at__gt=now)
    running = Turn.objects.filter(waits | offered, store=store, ended_at=None)
    return running.select_related("store", "hold")


def _waiting(store: Store):
    return _running(store).filter(offered_until=None)


_over = PreparedQuery(
    lambda now: (
        Turn.objects.filter(ended_at=None)
        .filter(
            Q(hold__used_at__isnull=False)
            | Q(hold__returned_at__isnull=False)
            | Q(offered_until__lte=now)
            | Q(offered_until=None, expires_at__lte=now)
        )
        .select_related("store")[:200]
    )
)


def _end_overdue() -> None:
    """End turns that were taken, missed or waited too long, and tell their owners."""
    for turn in _over.all(clock.now()):
        with transaction.atomic():
            leave(turn)
            notify_screens(turn.store.slug, turn.pk)
