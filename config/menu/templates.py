"""Menus to begin with, so that nobody starts from an empty page."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from config.models import Drink, Store

from .planning import MenuPlan, PlannedChoice, PlannedDrink, PlannedOption, put_in_place

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

Icon = Drink.Icon

_REGULAR = PlannedOption("Regular", {"pt-br": "Comum", "es": "Normal"})
_OAT = PlannedOption("Oat", {"pt-br": "Aveia", "es": "Avena"})
_MILK = PlannedChoice("Milk", {"pt-br": "Leite", "es": "Leche"}, 1, 1, (_REGULAR, _OAT))
_SPLASH = PlannedChoice(
    "A splash of milk",
    {"pt-br": "Um pouco de leite", "es": "Un poco de leche"},
    0,
    1,
    (PlannedOption("Milk", {"pt-br": "Leite", "es": "Leche"}), _OAT),
)


def _drink(name: str, icon: Drink.Icon, *choices: str, **labels: str) -> PlannedDrink:
    by_language = {code.replace("_", "-"): label for code, label in labels.items()}
    return PlannedDrink(name, by_language, icon.value, None, choices)


_AMERICANO = _drink("Americano", Icon.AMERICANO)
_FLAT_WHITE = _drink("Flat White", Icon.FLAT_WHITE, "Milk")
_CAPPUCCINO = _drink("Cappuccino", Icon.CAPPUCCINO, "Milk")
_LATTE = _drink("Caffè Latte", Icon.LATTE, "Milk", pt_br="Café latte", es="Café con leche")
_SINGLE = _drink("Single Espresso", Icon.ESPRESSO, pt_br="Espresso simples", es="Espresso solo")
_DOUBLE = _drink("Double Espresso", Icon.DOUBLE_ESPRESSO, pt_br="Espresso duplo", es="Espresso doble")


@dataclass(frozen=True)
class Template:
    """A menu to begin with, and its description."""

    title: "StrOrPromise"
    plan: MenuPlan


TEMPLATES: dict[str, Template] = {
    "espresso": Template(
        _("Espresso bar: six drinks, two milks"),
        MenuPlan((_MILK,), (_AMERICANO, _FLAT_WHITE, _CAPPUCCINO, _LATTE, _SINGLE, _DOUBLE)),
    ),
    "tea": Template(
        _("Tea and coffee: five drinks, milk optional"),
        MenuPlan(
            (_SPLASH,),
            (
                _drink(
                    "Filter Coffee", Icon.CUP, "A splash of milk", pt_br="Café coado", es="Café de filtro"
                ),
                _drink("Black Tea", Icon.CUP, "A splash of milk", pt_br="Chá preto", es="Té negro"),
                _drink("Green Tea", Icon.CUP, pt_br="Chá verde", es="Té verde"),
                _drink("Herbal Tea", Icon.CUP, pt_br="Chá de ervas", es="Infusión"),
                _drink("Hot Chocolate", Icon.CUP, pt_br="Chocolate quente", es="Chocolate caliente"),
            ),
        ),
    ),
    "small": Template(
        _("Small: three quick drinks"),
        MenuPlan((_MILK,), (_AMERICANO, _CAPPUCCINO, _SINGLE)),
    ),
}
"""The templates by name, the usual one first."""


def fill(store: Store, name: str = "espresso") -> bool:
    """Give a store without a menu one of these; returns whether it did. A menu that somebody began is left
    alone."""
    if store.drinks.exists() or store.groups.exists():
        return False
    put_in_place(store, TEMPLATES[name].plan)
    return True
