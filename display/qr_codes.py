"""The code on the wall, and the holds that scans take from it (rule book: codes and holds)."""

import datetime as dt
import re
import secrets
from typing import NoReturn

from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from config.models import Store
from serverlesspresso.accounts.privacy.forgotten_contacts import former_selves
from serverlesspresso.core import clock
from serverlesspresso.core.db import rows
from serverlesspresso.core.db.prepared import PreparedCount, PreparedQuery, PreparedValues
from serverlesspresso.core.errors import Bound, RateLimited, Refusal
from serverlesspresso.core.failpoints import hit
from serverlesspresso.events.log.publish import notify_store_screens

from .models import Code, Hold

GRACE = dt.timedelta(seconds=60)
"""A code is accepted for this long after its end: somebody may just be scanning it."""
HOLD_LASTS = dt.timedelta(minutes=5)
"""A hold that has not become an order by then goes back."""
HOLDS_AN_HOUR = 3
"""Holds per person or browser in any 60 minutes."""
_ZERO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
_BUDGET, _ONE_MORE = F("budget"), F("used") + 1
_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,40}")


_running = PreparedQuery(
    lambda store, now: Code.objects.filter(
        store=store, starts_at__lte=now, ends_at__gt=now, replaced_at=None
    ).order_by("-starts_at")[:1]
)
_used_up_now = PreparedCount(lambda pk: Code.objects.filter(pk=pk, used__gte=F("budget")))
_by_token = PreparedQuery(
    lambda token: Code.objects.select_related("store").filter(token=token, store__archived_at=None)
)


def current_code(store: Store) -> Code:
    """The code of the current time window; the first of any number of screens to ask makes it."""
    now = clock.now()
    return running(store) or _begin(store, *_window(store, now))


def current_codes(stores: QuerySet[Store]) -> dict[str, Code]:
    """The current codes of many stores, by slug: one query, and more only for stores that need a new code."""
    now = clock.now()
    running = Code.objects.filter(starts_at__lte=now, ends_at__gt=now, replaced_at=None, store__in=stores)
    found = {code.store.slug: code for code in running.select_related("store").order_by("starts_at")}
    return found | {store.slug: current_code(store) for store in stores.exclude(slug__in=found)}


@transaction.atomic
def new_code_now(store: Store) -> Code:
    """Kill the current code and put another in its place. Holds taken from it stay."""
    old = current_code(store)
    if not Code.objects.filter(pk=old.pk, replaced_at=None).update(replaced_at=clock.now()):
        return current_code(store)  # a colleague was faster, and both wanted one new code
    code = _make(store, old.starts_at, old.ends_at)
    notify_store_screens(store.slug)
    return code


def find_code(token: str, store: Store | None = None) -> Code:
    """The code with this token (at this store); raises Refusal `code_invalid` (400) if there is none."""
    code = None
    if _TOKEN.fullmatch(token):  # databases refuse some of what people send
        code = _by_token.first(token)
    if code is None or (store and code.store_id != store.pk):
        raise unknown()
    return code


def take_hold(
    code: Code, *, user=None, browser: str = "", network: str = "", lasts: dt.timedelta = HOLD_LASTS
) -> Hold:
    """Take one drink of a code's budget; nothing is used up by a refusal. Unused, it goes back after `lasts`.

    Raises Refusal `code_expired` or `code_used_up` (with `retry_at`: when the next code comes), TooMany
    `too_many_holds`, and Bound `name_first` if people without a name already hold much of the code from one
    network. Call it in a transaction, under the store's lock: the hold and its budget go together.
    """
    now = clock.now()
    _check(code, user, browser, now)
    nameless = network if code.store.limited and user is None else ""
    if nameless:
        _check_nameless(code, nameless, now)
    left = Q(pk=code.pk, replaced_at=None, used__lt=_BUDGET)
    if not rows.change_all(Code, left, used=_ONE_MORE):
        code.refresh_from_db(fields=["replaced_at"])
        _check_running(code, now)
        raise _used_up(code, now)
    hit("hold.budgeted")
    notify_store_screens(code.store.slug)
    until = now + lasts
    hold = rows.add(
        Hold, code=code, user=user, browser=browser, network=nameless, taken_at=now, expires_at=until
    )
    hit("hold.taken")
    return hold


def is_used_up(code: Code) -> bool:
    """Whether a code is used up: as it was read and, if so, still now. Locks nothing."""
    return code.remaining <= 0 and _used_up_now.count(code.pk) > 0


def refuse_used_up(code: Code, *, user=None, browser: str = "") -> NoReturn:
    """The refusal that `take_hold` would raise for a used-up code, without trying to take a hold."""
    now = clock.now()
    _check(code, user, browser, now)
    raise _used_up(code, now)


def use_hold(hold: Hold, user) -> bool:
    """Use a hold for an order, once; False if it was used, given back or ran out."""
    now = clock.now()
    still_open = Q(pk=hold.pk, used_at=None, returned_at=None, expires_at__gt=now)
    return bool(rows.change_all(Hold, still_open, used_at=now, user=user, network=""))


@transaction.atomic
def give_back(hold_id: int) -> bool:
    """Give a hold back to its own code, even an expired one; False if it already was."""
    given_back = {"returned_at": clock.now(), "network": ""}
    if not Hold.objects.filter(pk=hold_id, returned_at=None).update(**given_back):
        return False
    hit("hold.marked")
    code = Code.objects.select_related("store").get(holds=hold_id)
    Code.objects.filter(pk=code.pk, used__gt=0).update(used=F("used") - 1)
    hit("hold.returned")
    notify_store_screens(code.store.slug)
    return True


_ran_out = PreparedValues(
    lambda now: (
        Hold.objects.filter(used_at=None, returned_at=None, expires_at__lte=now)
        .order_by("expires_at")
        .values_list("pk")[:200]
    )
)


def give_back_unused() -> int:
    """Give back holds that did not become orders in 5 minutes; returns how many."""
    return sum(drop(pk) for pk in _ran_out.flat(clock.now()))


@transaction.atomic
def drop(hold_id: int) -> bool:
    """Give a hold back unless it became an order, perhaps a moment ago; returns whether it was given back."""
    unused = Hold.objects.filter(pk=hold_id, used_at=None, returned_at=None)
    return bool(unused.update(used_at=clock.now())) and give_back(hold_id)


def open_hold(store: Store, *, user=None, browser: str = "") -> Hold | None:
    """The hold this person or browser has at the store and can still use."""
    if not browser and not user:
        return None
    mine = Q(browser=browser) if browser else Q(user=user)
    still_open = Q(mine, code__store=store, used_at=None, returned_at=None, expires_at__gt=clock.now())
    return rows.first(Hold, still_open, "taken_at", beside=("code__store",))


def nameless_at_most(code: Code) -> int:
    """How many of a code's drinks scans without a name may hold from one network: 4 of 10."""
    return max(1, code.budget * 2 // 5)


def nameless(code: Code) -> int:
    """How many drinks of a code have been held for a minute by people without a name."""
    before = clock.now() - dt.timedelta(minutes=1)
    return rows.count(Hold, Q(code=code, user=None, used_at=None, returned_at=None, taken_at__lte=before))


def _window(store: Store, now: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
    """The current window. It never reaches back into the previous one, as it could after a change of
    `code_s`."""
    length = dt.timedelta(seconds=store.code_s)
    start = now - (now - _ZERO) % length
    earlier = Code.objects.filter(store=store, ends_at__gt=start, ends_at__lte=now).order_by("-ends_at")
    return earlier.values_list("ends_at", flat=True).first() or start, start + length


def running(store: Store) -> Code | None:
    """The code of the current time window, if anybody has asked for one; this makes none."""
    return _running.first(store.pk, clock.now())


def _begin(store: Store, starts_at: dt.datetime, ends_at: dt.datetime) -> Code:
    try:
        with transaction.atomic():
            return _make(store, starts_at, ends_at)
    except IntegrityError:  # another screen was faster
        return Code.objects.get(store=store, starts_at=starts_at, replaced_at=None)


def _make(store: Store, starts_at: dt.datetime, ends_at: dt.datetime) -> Code:
    token = secrets.token_urlsafe(16)  # 128 bits cannot be guessed
    return Code.objects.create(
        store=store, token=token, starts_at=starts_at, ends_at=ends_at, budget=store.per_code
    )


def _check(code: Code, user, browser: str, now: dt.datetime) -> None:
    _check_running(code, now)
    if code.store.limited:
        _check_rate(user, browser, now)


def _used_up(code: Code, now: dt.datetime) -> Refusal:
    return Refusal(
        _("This QR code is used up. The next one appears in a moment. You haven’t lost your drink."),
        code="code_used_up",
        retry_at=max(code.ends_at, now),
    )


def _check_running(code: Code, now: dt.datetime) -> None:
    if code.replaced_at or now >= code.ends_at + GRACE:
        raise expired()


def unknown() -> Refusal:
    """The refusal for a token that is no code of ours."""
    return Refusal(
        _("This is not one of our QR codes. Please scan the code on the bar’s screen."),
        code="code_invalid",
        status=400,
    )


def expired() -> Refusal:
    """The refusal for a code that is no longer on the screen."""
    return Refusal(
        _("This QR code has expired. Please scan the one that is on the screen now."), code="code_expired"
    )


def _check_nameless(code: Code, network: str, now: dt.datetime) -> None:
    still_open = Q(code=code, network=network, used_at=None, returned_at=None, expires_at__gt=now)
    if rows.count(Hold, still_open) >= nameless_at_most(code):
        raise Bound(
            _(
                "Many people on your network are signing in right now. Sign in first, and we’ll hold "
                "a place for you straight away. You haven’t lost your drink."
            ),
            code="name_first",
            bound="nameless",
        )


def _check_rate(user, browser: str, now: dt.datetime) -> None:
    recent = Q(taken_at__gt=now - dt.timedelta(hours=1))
    selves = [Q(user=each) for each in (user, *former_selves(user))] if user else []
    for mine in (selves, [Q(browser=browser)] if browser else []):
        holds = [
            hold for one in mine for hold in rows.newest(Hold, one & recent, "taken_at", most=HOLDS_AN_HOUR)
        ]
        holds = sorted(holds, key=lambda hold: hold.taken_at, reverse=True)[:HOLDS_AN_HOUR]
        if len(holds) == HOLDS_AN_HOUR:
            raise RateLimited(
                _("You scanned %(count)d times in the last hour. Please wait a little, or ask at the bar.")
                % {"count": HOLDS_AN_HOUR},
                code="too_many_holds",
                retry_at=holds[-1].taken_at + dt.timedelta(hours=1),
            )
