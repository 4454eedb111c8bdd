"""The store in which a recording is played: its own, marked, with the recording's drinks on its menu."""

from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from serverlesspresso.extension_api.errors import Refusal
from serverlesspresso.extension_api.stores import Drink, ModifierGroup, Option, Store
from serverlesspresso.extension_api.text import find, key

_GROUP = "Options"
_ICONS = sorted(Drink.Icon, key=len, reverse=True)


@transaction.atomic
def prepare(menus: dict[str, dict[str, set[str]]]) -> list[Store]:
    """The stores of these names, made if missing, with these drinks on their menus.

    Nothing is published: the log is for the recording. Raises Refusal for a store that is not a recording's,
    and ValidationError for a name no store can have; then no store is made.
    """
    return [_store(slug, drinks) for slug, drinks in menus.items()]


def _store(slug: str, drinks: dict[str, set[str]]) -> Store:
    store = Store.objects.filter(slug__iexact=slug).first() or _make(slug)
    if store.kind != Store.Kind.RECORDING:
        text = _(
            "%(store)s is a real store, not one for recordings: playing into it would mix up its "
            "orders. Choose another with --store. Nothing was changed."
        )
        raise Refusal(text % {"store": slug}, code="not_a_recording")
    if store.archived_at:
        text = _("%(store)s is archived. Bring it back in the admin first, or choose another with --store.")
        raise Refusal(text % {"store": slug}, code="archived")
    _serve(store, drinks)
    return store


def _make(slug: str) -> Store:
    store = Store(slug=slug, name=slug, kind=Store.Kind.RECORDING, capacity=10_000, per_day=0)
    store.full_clean()
    return Store.objects.bulk_create([store])[0]


def _serve(store: Store, drinks: dict[str, set[str]]) -> None:
    """Add to the menu what it lacks."""
    known = [key(name) for name in store.drinks.values_list("name", flat=True)]
    Drink.objects.bulk_create(
        Drink(store=store, name=name, icon=_icon(name)) for name in _unknown(drinks, known)
    )
    options = sorted(set().union(*drinks.values()))
    if not options:
        return
    group = find(_GROUP, store.groups.all())
    if group is None:
        group = ModifierGroup(store=store, name=_GROUP, min=0, max=100)
        ModifierGroup.objects.bulk_create([group])
    known = [key(name) for name in group.options.values_list("name", flat=True)]
    Option.objects.bulk_create(Option(group=group, name=name) for name in _unknown(options, known))
    with_options = {key(name) for name, modifiers in drinks.items() if modifiers}
    group.drinks.add(*[drink for drink in store.drinks.all() if key(drink.name) in with_options])


def _unknown(names: Iterable[str], known: list[str]) -> list[str]:
    """The names that look like none of the known ones, each once."""
    new: dict[str, str] = {}
    for name in names:
        new.setdefault(key(name), name)
    return [name for look, name in new.items() if look not in known]


def _icon(name: str) -> str:
    words = name.lower()
    return next((icon for icon in _ICONS if icon.replace("-", " ") in words), Drink.Icon.CUP)
