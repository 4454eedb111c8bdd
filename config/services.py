"""What organisers and baristas change while the bar runs. Each function is one change."""

from django.db import transaction
from django.utils.translation import gettext as _

from serverlesspresso import clock
from serverlesspresso.errors import Invalid, Refusal
from serverlesspresso.failpoints import hit

from .models import Drink, Option, Store


@transaction.atomic
def set_status(store: Store, *, open: bool | None = None, paused: bool | None = None) -> Store:
    """Open or close a store, pause or resume it; None leaves as it is. Nothing is told when nothing changes.

    Pausing stops the barista's clock (rule book: clocks and places): on resuming, the time it stood
    still is added up in `paused_for`.
    """
    store = Store.objects.select_for_update(no_key=True).get(pk=store.pk)
    before = store.is_open, store.paused_at
    if open is not None:
        store.is_open = open
    if paused and not store.is_paused:
        store.paused_at = clock.now()
    elif paused is False and store.is_paused:
        store.paused_for += clock.now() - store.paused_at
        store.paused_at = None
    if (store.is_open, store.paused_at) != before:
        store.save(update_fields=["is_open", "paused_at", "paused_for"])
        hit("status.saved")
    return store


@transaction.atomic
def set_available(store: Store, drink: str, available: bool, option: str | None = None) -> None:
    """Mark a drink, or an option of a drink, as sold out or back. An option is so for all its drinks.

    Raises Invalid naming the field when the menu has no such drink or option.
    """
    found: Drink | Option | None = Drink.objects.filter(store=store, name=drink).first()
    if found is None:
        raise _unknown("drink", _("There is no such drink on the menu."))
    if option is not None:
        found = (
            Option.objects.filter(group__drinks=found.pk, name=option).select_related("group__store").first()
        )
        if found is None:
            raise _unknown("option", _("This drink has no such option."))
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


def _unknown(field: str, text: str) -> Invalid:
    return Invalid(text, code="invalid", errors={field: text})
