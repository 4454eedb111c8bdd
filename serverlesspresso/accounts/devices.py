"""Pairing: a screen shows a short code, staff confirm it, and the screen is signed in (as in RFC 8628)."""

import datetime as dt
import secrets

from django.db import transaction
from django.utils.translation import gettext as _

from config.models import Store
from serverlesspresso.core import clock, typed_text
from serverlesspresso.core.errors import Forbidden, NotFound, RateLimited, Refusal

from .attempts import Tries
from .models import Membership, Pairing, Role, User, digest
from .permissions import STAFF, require
from .validators import clean_name

ALPHABET = "BCDFGHJKLMNPQRSTVWXZ"
"""No vowels, so that no code is a word; no digits, so that O is never 0."""
PAIRABLE = (Role.DISPLAY, Role.BARISTA)
LASTS_S = 600
TRIES, TRIES_S = 5, 600
"""How many wrong codes somebody may type in so many seconds."""
_TRIES = Tries("pairing", TRIES, TRIES_S)


def begin(store: Store, role: str) -> tuple[Pairing, str]:
    """A new code for a screen, and the secret with which that screen alone takes what it is given."""
    now = clock.now()
    Pairing.objects.filter(screen=None, expires_at__lt=now - dt.timedelta(hours=1)).delete()
    secret = secrets.token_urlsafe(32)
    pairing = Pairing.objects.create(
        code=_new_code(),
        digest=digest(secret),
        store=store,
        role=role,
        expires_at=now + dt.timedelta(seconds=LASTS_S),
    )
    return pairing, secret


def waiting(secret: str, store: Store, role: str) -> Pairing | None:
    """The pairing this secret belongs to, while its code is good for this store and role."""
    return Pairing.objects.filter(
        digest=digest(secret), store=store, role=role, taken_at=None, expires_at__gt=clock.now()
    ).first()


def is_waiting(secret: str) -> bool:
    """Whether the code that belongs to this secret can still be confirmed."""
    return Pairing.objects.filter(digest=digest(secret), taken_at=None, expires_at__gt=clock.now()).exists()


def confirm(code: str, *, by: User, store: Store, name: str, role: str) -> User:
    """Sign in, under a name, the screen that shows this code at the store; returns its user.

    Raises Forbidden unless `by` is staff there (a tablet confirms displays only), Refusal (`code_wrong`,
    `other_kind`) or TooMany (`too_many_tries`) with what to do.
    """
    require(by, store, STAFF)
    if by.is_device and role != Role.DISPLAY:
        raise Forbidden(
            _("A tablet can only confirm displays. Sign in with your own name."), code="forbidden"
        )
    name = clean_name(name)
    one = _TRIES.count(str(by.pk))
    if one is None:
        raise RateLimited(
            _("Five wrong codes. Wait ten minutes, then type the code that the screen shows then."),
            code="too_many_tries",
            retry_at=clock.now() + dt.timedelta(seconds=TRIES_S),
        )
    with transaction.atomic():
        pairing = _find(code, store)
        screen = _admit(pairing, name) if pairing and pairing.role == role else None
    if pairing is None:
        raise Refusal(
            _(
                "No screen of this store shows that code. Check the screen again: codes change after "
                "ten minutes."
            ),
            code="code_wrong",
        )
    one.rollback()
    if screen:
        return screen
    raise Refusal(
        _("That code belongs to the other kind of screen. Check which screen you are looking at."),
        code="other_kind",
    )


def take(secret: str) -> User | None:
    """The user a screen was given, once; None while it waits, and ever after."""
    now = clock.now()
    mine = Pairing.objects.filter(digest=digest(secret), expires_at__gt=now, taken_at=None)
    with transaction.atomic():
        if not mine.exclude(screen=None).filter(screen__is_active=True).update(taken_at=now):
            return None
        return User.objects.get(pk=Pairing.objects.values("screen").get(digest=digest(secret))["screen"])


def screens(store: Store):
    """The paired screens and tablets of a store, by name; each with its `role`."""
    paired = Pairing.objects.filter(store=store).exclude(screen=None).values("screen")
    found = Membership.objects.filter(store=store, user__in=paired, user__is_active=True)
    return found.select_related("user").order_by("user__name", "pk")


@transaction.atomic
def revoke(user_id: int, *, by: User, store: Store) -> None:
    """Sign a screen out for good, at once. Raises Forbidden unless `by` is staff, NotFound for no screen."""
    require(by, store, STAFF)
    membership = screens(store).filter(user_id=user_id).first()
    if membership is None:
        raise NotFound(_("This screen is no longer paired with this store."), code="not_found")
    membership.user.is_active = False
    membership.user.save(update_fields=["is_active"])
    membership.user.memberships.all().delete()


def _new_code() -> str:
    while True:
        letters = "".join(secrets.choice(ALPHABET) for _letter in range(8))
        code = f"{letters[:4]}-{letters[4:]}"
        if not Pairing.objects.filter(code=code).exists():
            return code


def _find(code: str, store: Store) -> Pairing | None:
    letters = typed_text.letters(code, ALPHABET)[:9]
    return (
        Pairing.objects.select_for_update()
        .filter(code=f"{letters[:4]}-{letters[4:]}", store=store, screen=None, expires_at__gt=clock.now())
        .first()
    )


def _admit(pairing: Pairing, name: str) -> User:
    pairing.screen = User.objects.create_user(name=name, is_device=True)
    pairing.save(update_fields=["screen"])
    Membership.objects.create(user=pairing.screen, store=pairing.store, role=pairing.role)
    return pairing.screen
