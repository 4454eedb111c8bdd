"""The usual menu, and the demo store that shows it."""

from django.db import transaction

from .models import Drink, ModifierGroup, Option, Store

DEMO_SLUG = "ABC"
DEMO_NAME = "Serverlesspresso Bar"

_MILK = [("Regular", {"pt-br": "Comum"}), ("Oat", {"pt-br": "Aveia"})]
_DRINKS = [
    ("Americano", Drink.Icon.AMERICANO, False, {}),
    ("Flat White", Drink.Icon.FLAT_WHITE, True, {}),
    ("Cappuccino", Drink.Icon.CAPPUCCINO, True, {}),
    ("Caffè Latte", Drink.Icon.LATTE, True, {"pt-br": "Café latte"}),
    ("Single Espresso", Drink.Icon.ESPRESSO, False, {"pt-br": "Espresso simples"}),
    ("Double Espresso", Drink.Icon.DOUBLE_ESPRESSO, False, {"pt-br": "Espresso duplo"}),
]
"""Name, icon, whether it has milk, and what it is called in other languages."""


@transaction.atomic
def make_menu(store: Store) -> bool:
    """Give a store without a menu the usual one; whether it did. A menu somebody began is left alone."""
    if store.drinks.exists() or store.groups.exists():
        return False
    milk = ModifierGroup.objects.create(store=store, name="Milk", labels={"pt-br": "Leite"}, min=1, max=1)
    for position, (name, labels) in enumerate(_MILK, start=1):
        Option.objects.create(group=milk, name=name, labels=labels, position=position)
    for position, (name, icon, has_milk, labels) in enumerate(_DRINKS, start=1):
        drink = Drink.objects.create(store=store, name=name, icon=icon, labels=labels, position=position)
        if has_milk:
            drink.groups.add(milk)
    return True


@transaction.atomic
def make_store() -> tuple[Store, bool]:
    """The demo store, open, with its menu, and whether it was made now. One that exists is left alone."""
    store, made = Store.objects.get_or_create(slug=DEMO_SLUG, defaults={"name": DEMO_NAME, "is_open": True})
    if made:
        make_menu(store)
    return store, made
