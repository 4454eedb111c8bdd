"""PINs: with a few digits somebody says on a shared tablet who they are, so that acts bear the right name.

A PIN is no sign-in: it gives no rights beyond those of the tablet it is typed on (rule book: who may).
"""

import datetime as dt

from django.contrib.auth.hashers import PBKDF2PasswordHasher, check_password, make_password
from django.utils.translation import gettext as _

from config.models import Store
from serverlesspresso.core import clock, typed_text
from serverlesspresso.core.errors import Forbidden, Invalid, NotFound, RateLimited, Refusal

from .attempts import Tries
from .models import Membership, Role, User
from .permissions import STAFF, require

SHORTEST, LONGEST = 4, 8
TRIES, TRIES_S = 5, 600
"""How many wrong PINs may be typed for one person in so many seconds."""
_TRIES = Tries("pin", TRIES, TRIES_S)
_ROWS = ("0123456789", "9876543210")


class PinHasher(PBKDF2PasswordHasher):
    """For PINs. Whoever has the digest of a few digits finds them however slowly they are hashed; what guards
    a PIN is that so few may be tried, and that it gives no rights."""

    algorithm = "pin_pbkdf2_sha256"
    iterations = 20_000


_HASHER = PinHasher.algorithm


def staff(store: Store) -> list[Membership]:
    """The people who work at the store, by name; no screens and no programs."""
    people = Membership.objects.filter(
        store=store, role__in=STAFF, user__is_active=True, user__is_device=False
    )
    return list(people.select_related("user").order_by("user__name", "pk"))


def set_pin(store: Store, user_id: int, pin: str, *, by: User) -> Membership:
    """Give somebody of the store's crew a PIN, or with an empty one take it away.

    People set their own, managers everybody's. Raises Forbidden for anybody else (a tablet, too), NotFound
    for who does not work here, Invalid (`pin_weak`) for what is no PIN or is guessed at once.
    """
    role = require(by, store, STAFF)
    if by.is_device or (role != Role.MANAGER and by.pk != user_id):
        raise Forbidden(
            _("You can only set your own PIN, signed in with your own name. A manager can set anyone’s."),
            code="forbidden",
        )
    membership = next((each for each in staff(store) if each.user_id == user_id), None)
    if membership is None:
        raise NotFound(_("This person no longer works at this bar."), code="not_found")
    membership.pin = make_password(_clean(pin), hasher=_HASHER) if pin else ""
    membership.save(update_fields=["pin"])
    return membership


def verify_pin(store: Store, user_id: int, pin: str) -> Membership:
    """Who that is, by their PIN. Raises Refusal (`pin_wrong`) or TooMany (`too_many_tries`), which say what
    to do."""
    whose = f"{store.pk}:{user_id}"
    if not _TRIES.count(whose):
        raise RateLimited(
            _("Five wrong PINs. Wait ten minutes, or ask a manager for a new one."),
            code="too_many_tries",
            retry_at=clock.now() + dt.timedelta(seconds=TRIES_S),
        )
    membership = next((each for each in staff(store) if each.user_id == user_id and each.pin), None)
    if membership is None or not check_password(typed_text.digits(pin), membership.pin, preferred=_HASHER):
        raise Refusal(_("That is not this person’s PIN. Try again."), code="pin_wrong", status=403)
    _TRIES.forget(whose)
    return membership


def _clean(pin: str) -> str:
    digits = typed_text.digits(pin)
    odd = any(char.isalnum() and not char.isdecimal() for char in pin)
    if (
        odd
        or not SHORTEST <= len(digits) <= LONGEST
        or len(set(digits)) == 1
        or any(digits in row for row in _ROWS)
    ):
        text = _(
            "A PIN has %(least)d to %(most)d digits, not all the same and not in a row like 1234. "
            "Choose another one."
        )
        raise _weak(text % {"least": SHORTEST, "most": LONGEST})
    return digits


def _weak(text: str) -> Invalid:
    return Invalid(text, code="pin_weak", errors={"pin": text})
