"""The menu: what a store offers, and whether a drink with its modifiers is available."""

import datetime as dt
from collections import OrderedDict
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from config.models import Drink, Option, Store
from serverlesspresso.core.db.prepared import PreparedValues
from serverlesspresso.core.errors import Refusal, invalid_field
from serverlesspresso.core.typed_text import find


@dataclass(frozen=True)
class Choice:
    """A drink as somebody ordered it: names, not labels, modifiers in the order of the menu."""

    drink: str
    modifiers: tuple[str, ...]


_kept: OrderedDict[int, tuple[int, list[Drink]]] = OrderedDict()
_stamp = PreparedValues(lambda store: Store.objects.filter(pk=store).values_list("menu_stamp"))
_KEPT_MOST = 500
"""Menus kept in memory, by store: the most recently used, each under the stamp it was read with."""


def drinks(store: Store, *, fresh: bool = False) -> list[Drink]:
    """Everything on the menu, sold out or not, with its groups and options; read-only. One small query, and
    three more after a change; for a `fresh` store, just read, the small one is skipped."""
    stamp = (store.menu_stamp if fresh else _stamp.first(store.pk)) or 0
    kept, found = _kept.get(store.pk, (0, []))
    if not stamp or kept != stamp:
        found = list(Drink.objects.filter(store=store).prefetch_related("groups__options"))
        _keep(store.pk, stamp, found)
    return list(found)


def _keep(store: int, stamp: int, found: list[Drink]) -> None:
    """Keep a menu under its stamp; one without a stamp dates from before stamps and is not kept."""
    if stamp:
        _kept[store] = (stamp, found)
        _kept.move_to_end(store)
        if len(_kept) > _KEPT_MOST:
            _kept.popitem(last=False)


def is_sold_out(store: Store, drink: str, modifiers, on_menu: list[Drink] | None = None) -> bool:
    """Whether a drink ordered earlier can no longer be made so; `on_menu` is `drinks(store)`, already
    read."""
    return bool(ran_out(drink, modifiers, drinks(store) if on_menu is None else on_menu))


def ran_out(drink: str, modifiers, on_menu: list[Drink]) -> list[str]:
    """What of a drink ordered earlier has run out, in the reader's language; empty if nothing has."""
    parts = _parts(drink, modifiers, on_menu)
    return [part.label for part in parts if not part.available] if parts else [drink]


def gone_since(drink: str, modifiers, on_menu: list[Drink]) -> dt.datetime | None:
    """Since when (UTC) a drink ordered earlier cannot be made so; None if it can, or if that is unknown."""
    return max((part.gone_at for part in _parts(drink, modifiers, on_menu) if part.gone_at), default=None)


def _parts(drink: str, modifiers, on_menu: list[Drink]) -> list[Drink | Option]:
    """The drink and those of its options that are still on the menu; empty without the drink."""
    found = find(drink, on_menu)
    if found is None:
        return []
    options = [option for group in found.groups.all() for option in group.options.all()]
    return [found, *filter(None, (find(name, options) for name in modifiers))]


def choose(store: Store, drink: str, modifiers) -> Choice:
    """Check a drink and its modifiers, given by name, against the menu.

    Raises Invalid (422), naming the field, for what is not on the menu and for too many or too few options,
    and Refusal `sold_out` (409) for what has run out.
    """
    found = next((each for each in drinks(store) if each.name == drink), None)
    if not drink:
        raise invalid_field("drink", _("You haven’t chosen anything yet. Choose a drink first."))
    if found is None:
        raise invalid_field("drink", _("There is no such drink on the menu. Choose one from the menu."))
    if len(set(modifiers)) != len(modifiers):
        raise invalid_field("modifiers", _("An option was chosen twice. Choose each option once."))
    chosen, sold_out = _options(found, set(modifiers))
    if not found.available:
        sold_out = [found.label]
    if sold_out:
        raise Refusal(
            _("%(name)s is sold out. Please choose something else.") % {"name": ", ".join(sold_out)},
            code="sold_out",
        )
    return Choice(found.name, tuple(chosen))


def _options(drink: Drink, wanted: set[str]) -> tuple[list[str], list[str]]:
    chosen, sold_out = [], []
    for group in drink.groups.all():
        picked = [option for option in group.options.all() if option.name in wanted]
        if len(picked) < group.min:
            raise invalid_field("modifiers", _("Please choose: %(group)s.") % {"group": group.label})
        if len(picked) > group.max:
            text = ngettext(
                "Choose at most %(max)d: %(group)s.", "Choose at most %(max)d: %(group)s.", group.max
            )
            raise invalid_field("modifiers", text % {"max": group.max, "group": group.label})
        chosen += [option.name for option in picked]
        sold_out += [option.label for option in picked if not option.available]
    if unknown := wanted - set(chosen):
        raise invalid_field(
            "modifiers",
            _("%(drink)s does not come with %(options)s.")
            % {"drink": drink.label, "options": ", ".join(sorted(unknown))},
        )
    return chosen, sold_out
