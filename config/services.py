"""What organisers and baristas change while the bar runs. Each function is one change."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from serverlesspresso.core import clock
from serverlesspresso.core.errors import Refusal, invalid_field
from serverlesspresso.core.failpoints import hit

from .models import Drink, Option, Store

LAST_ORDERS_MOST = 120
"""Minutes ahead at which last orders can be called at most."""


@transaction.atomic
def set_status(store: Store, *, open: bool | None = None, paused: bool | None = None) -> Store:
    """Open or close a store, pause or resume it; None leaves it unchanged. Nothing is published if nothing
    changes.

    Opening or closing cancels a call for last orders. Raises Refusal `not_reached` for opening a store that
    no phone has reached yet (rule book: stores). Pausing stops staffed time and patience (rule book: clocks
    and places): on resuming, `paused_for` grows by the time they stood still. In a pause that the bar took by
    itself, patience goes on until somebody resumes or confirms the pause; `deserted_for` grows by that time.
    """
    store = Store.objects.select_for_update(no_key=True).get(pk=store.pk)
    before = store.is_open, store.paused_at, store.paused_by_itself, store.last_orders_at
    if open is not None:
        if open and not store.is_open and store.untried:
            raise Refusal(_not_reached(), code="not_reached")
        store.is_open = open
        store.last_orders_at = None
    if open is not None and paused is None and store.paused_by_itself:
        paused = False  # that opening is over
    if paused is not None:
        _pause(store, paused, clock.now())
    if (store.is_open, store.paused_at, store.paused_by_itself, store.last_orders_at) != before:
        store.save(
            update_fields=[
                "is_open",
                "paused_at",
                "paused_for",
                "deserted_for",
                "paused_by_itself",
                "last_orders_at",
            ]
        )
        hit("status.saved")
    return store


def _pause(store: Store, paused: bool, now: dt.datetime) -> None:
    """Start or stop a store's two clocks because somebody paused or resumed it."""
    if store.paused_by_itself:
        store.deserted_for += now - store.paused_at
        store.paused_by_itself = False
    if paused and not store.is_paused:
        store.paused_at = now
    elif not paused and store.is_paused:
        store.paused_for += now - store.paused_at
        store.paused_at = None


@transaction.atomic
def pause_by_itself(store: Store) -> bool:
    """Pause an open store because nobody is behind its bar; False if it should not pause itself, or is paused
    already."""
    store = Store.objects.select_for_update(no_key=True).get(pk=store.pk)
    if store.is_paused or not (store.is_open and store.auto_pause and store.limited):
        return False
    store.paused_at, store.paused_by_itself = clock.now(), True
    store.save(update_fields=["paused_at", "paused_by_itself"])
    return True


@transaction.atomic
def resume_by_itself(store: Store) -> None:
    """Take orders again because somebody is back. A pause by hand stays."""
    store = Store.objects.select_for_update(no_key=True).get(pk=store.pk)
    if store.paused_by_itself:
        set_status(store, paused=False)


@transaction.atomic
def set_available(store: Store, drink: str, available: bool, option: str | None = None) -> None:
    """Mark a drink, or an option of a drink, as sold out or back. An option changes for all its drinks.

    Raises Invalid naming the field when the menu has no such drink or option.
    """
    found: Drink | Option | None = Drink.objects.filter(store=store, name=drink).first()
    if found is None:
        raise invalid_field("drink", _("There is no such drink on the menu."))
    if option is not None:
        found = (
            Option.objects.filter(group__drinks=found.pk, name=option).select_related("group__store").first()
        )
        if found is None:
            raise invalid_field("option", _("This drink has no such option."))
    if found.available != available:
        found.available = available
        found.save(update_fields=["available"])


@transaction.atomic
def archive(store: Store) -> None:
    """Put a store out of sight; nothing is lost. Raises Refusal `still_open` while it is open."""
    store = Store.objects.select_for_update(no_key=True).get(pk=store.pk)
    if store.is_open:
        raise Refusal(_("This store is open. Close it first, then archive it."), code="still_open")
    if store.archived_at is None:
        store.archived_at = clock.now()
        store.save(update_fields=["archived_at"])


@transaction.atomic
def bring_back(store: Store) -> None:
    """Take a store out of the archive, closed."""
    store = Store.objects.select_for_update(no_key=True).get(pk=store.pk)
    if store.archived_at is not None:
        store.archived_at = None
        store.save(update_fields=["archived_at"])


@transaction.atomic
def call_last_orders(store: Store, minutes: int) -> Store:
    """Announce that an open store closes in this many minutes (1 to 120); 0 cancels the call.

    Raises Refusal `store_closed` if it is already closed, Invalid for other numbers.
    """
    store = Store.objects.select_for_update(no_key=True).get(pk=store.pk)
    if not 0 <= minutes <= LAST_ORDERS_MOST:
        text = _("Last orders can be called 1 to %(most)d minutes ahead.") % {"most": LAST_ORDERS_MOST}
        raise invalid_field("minutes", text)
    if not store.is_open:
        raise Refusal(_("This store is already closed. Nothing was changed."), code="store_closed")
    at = clock.now() + dt.timedelta(minutes=minutes) if minutes else None
    if at != store.last_orders_at:
        store.last_orders_at = at
        store.save(update_fields=["last_orders_at"])
    return store


@transaction.atomic
def set_sign_in(store: Store, ways: list[str]) -> Store:
    """Set who may order at a store: by name, with a code to a phone, or by e-mail.

    Raises Invalid for an empty list, Refusal `not_proven` for a way switched on before a test code arrived. A
    way that is already on stays on.
    """
    store = Store.objects.select_for_update(no_key=True).get(pk=store.pk)
    ways = [way for way in Store.SignIn.values if way in ways]
    if not ways:
        text = _("Choose at least one way.")
        raise invalid_field("sign_in", text)
    if text := unverified_contacts(store, ways):
        raise Refusal(text, code="not_proven")
    if store.sign_in != ways:
        store.sign_in = ways
        store.save(update_fields=["sign_in"])
    return store


@transaction.atomic
def set_per_code(store: Store, drinks: int) -> None:
    """Set how many drinks a QR code is good for, from the next code on."""
    store = Store.objects.select_for_update(no_key=True).get(pk=store.pk)
    if store.per_code != drinks:
        store.per_code = drinks
        store.save(update_fields=["per_code"])


def unverified_contacts(store: Store, ways) -> str:
    """What to say if a way would be switched on before a test code arrived; empty if none would."""
    if all(store.proven(way) for way in set(ways) - set(store.sign_in)):
        return ""
    return _(
        "Send yourself a test code first, and type it in: people must be able to sign in when the bar opens. "
        "Nothing was changed."
    )


@transaction.atomic
def mark_verified(store: Store, way: str) -> Store:
    """Record that a test code arrived."""
    store = Store.objects.select_for_update(no_key=True).get(pk=store.pk)
    setattr(store, f"{Store.SignIn(way).value}_tested_at", clock.now())
    store.save(update_fields=[f"{way}_tested_at"])
    return store


@transaction.atomic
def mark_reachable(store: Store) -> Store:
    """Record that a phone opened the test code, or that a manager skipped the test: the store may open."""
    store = Store.objects.select_for_update(no_key=True).get(pk=store.pk)
    if store.reached_at is None:
        store.reached_at = clock.now()
        store.save(update_fields=["reached_at"])
    return store


def _not_reached() -> str:
    return _(
        "No phone has reached this bar yet. Scan the test code in the set-up with a phone, "
        "or choose “Continue without testing” there; then open the bar."
    )
