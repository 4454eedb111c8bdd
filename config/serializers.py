"""A store as programs see it: the answer of `GET stores/{store}`, and what `manage.py store` prints."""

from .menu import catalog
from .models import Drink, ModifierGroup, Store


def describe(store: Store) -> dict:
    """The store with its menu as JSON-ready data; labels in the active language. Three queries."""
    return {
        "store": store.slug,
        "name": store.name,
        "open": store.is_open,
        "paused": store.is_paused,
        "language": store.language,
        "menu": {"drinks": [_drink(drink) for drink in catalog.drinks(store)]},
    }


def _drink(drink: Drink) -> dict:
    return {
        "name": drink.name,
        "label": drink.label,
        "icon": drink.icon,
        "available": drink.available,
        "modifiers": [_group(group) for group in drink.groups.all()],
    }


def _group(group: ModifierGroup) -> dict:
    options = [
        {"name": each.name, "label": each.label, "available": each.available} for each in group.options.all()
    ]
    return {"name": group.name, "label": group.label, "min": group.min, "max": group.max, "options": options}
