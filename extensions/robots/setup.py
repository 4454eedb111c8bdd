"""The robots' own store, marked as such, and the users they act as."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import transaction
from django.utils.translation import gettext as _

from serverlesspresso.extension_api import clock
from serverlesspresso.extension_api.errors import Refusal
from serverlesspresso.extension_api.people import ApiToken, Membership, Role, digest
from serverlesspresso.extension_api.stores import Store, make_menu, plan_of, put_in_place

_CLOCKS = {"code_s": 5, "customer_s": 10, "barista_s": 30, "claim_s": 30, "pickup_s": 5}
"""The clocks that must keep pace with the robots, and how short each may get, in seconds."""


@dataclass(frozen=True)
class Cast:
    """The tokens of a run."""

    customers: list[str]
    baristas: list[str]
    manager: str
    screen: str


def find_or_make(slug: str, pace: float) -> tuple[Store, bool]:
    """The robots' store of that name, made if missing, and whether it was made.

    Raises Refusal for a store that is not the robots', and for a name no store can have.
    """
    store = Store.objects.filter(slug__iexact=slug).first()
    if store is None:
        return _make(Store(slug=slug, name=slug), pace), True
    if store.kind != Store.Kind.ROBOTS:
        text = _(
            "%(store)s is a real store, not one for robots: they would use up its drinks. Give "
            "another name, and a store is created for them. Nothing was changed."
        )
        raise Refusal(text % {"store": slug}, code="not_the_robots")
    if store.archived_at:
        raise Refusal(_("This store is archived. Bring it back in the admin first."), code="archived")
    make_menu(store)  # somebody may have emptied its menu
    return store, False


@transaction.atomic
def rehearse(real: Store, pace: float) -> Store:
    """A marked copy of a store, as it is now, with its menu and for its staff to watch; an earlier copy is
    updated. Raises Refusal if another store has that name."""
    slug = f"{real.slug[:16]}-try"
    copy, _new = find_or_make(slug, pace)
    for field in ("language", "timezone", "capacity", "per_code"):
        setattr(copy, field, getattr(real, field))
    copy.name = _("%(name)s (rehearsal)") % {"name": real.name[:60]}
    _set_clocks(copy, real, pace)
    copy.save()
    put_in_place(copy, plan_of(real))
    staff = Membership.objects.filter(store=real).exclude(role=Role.DISPLAY).filter(user__is_device=False)
    for member in staff:
        Membership.objects.update_or_create(user=member.user, store=copy, defaults={"role": member.role})
    return copy


@transaction.atomic
def _make(store: Store, pace: float) -> Store:
    store.kind = Store.Kind.ROBOTS
    _set_clocks(store, Store(), pace)
    try:
        store.full_clean()
    except ValidationError as error:
        raise Refusal(" ".join(error.messages), code="invalid") from None
    store.save()
    make_menu(store)
    return store


def _set_clocks(store: Store, like: Store, pace: float) -> None:
    for name, least in _CLOCKS.items():
        setattr(store, name, max(least, round(getattr(like, name) / max(pace, 1))))


@contextmanager
def cast(store: Store, customers: int, baristas: int) -> Iterator[Cast]:
    """Tokens for everybody in the run; they expire when it is over."""
    played = Cast(
        customers=_tokens(store, "Robot", "customer", customers),
        baristas=_tokens(store, "Robot barista", "barista", baristas),
        manager=_tokens(store, "Robot manager", "manager", 1)[0],
        screen=_tokens(store, "Robot screen", "display", 1)[0],
    )
    try:
        yield played
    finally:
        everybody = [*played.customers, *played.baristas, played.manager, played.screen]
        for first in range(0, len(everybody), 500):
            some = [digest(token) for token in everybody[first : first + 500]]
            ApiToken.objects.filter(digest__in=some).update(revoked_at=clock.now())


def _tokens(store: Store, name: str, role: str, count: int) -> list[str]:
    printed, whose = io.StringIO(), {"role": role, "store": store.slug, "create": True, "count": count}
    # If this process is killed before it revokes them, they expire by themselves.
    call_command("token", f"{name} {store.slug}", **whose, label="rehearsal", days=1, stdout=printed)
    return printed.getvalue().split()
