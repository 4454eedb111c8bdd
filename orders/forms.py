"""Reading the menu's form. The choice is validated by the menu (`config.menu.catalog.choose`), not here."""

from django.http import QueryDict

from config.models import Store

_LONGEST = 60
"""No name on a menu is longer."""
_MOST = 50


def chosen(store: Store, data: QueryDict) -> tuple[str, list[str]]:
    """The drink and the modifiers somebody sent, by name. The form also has the options of other drinks; they
    are left out."""
    drink = data.get("drink", "")[: _LONGEST + 1]
    pks = {name: pk for pk, name in store.drinks.values_list("pk", "name")}
    fields = [field for field in data if field.startswith(f"options-{pks.get(drink)}-")]
    modifiers = [value[: _LONGEST + 1] for field in fields for value in data.getlist(field) if value]
    return drink, modifiers[:_MOST]
