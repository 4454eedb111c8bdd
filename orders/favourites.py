"""Somebody's usual: what they have had most often, to be ordered again with one tap."""

from collections import Counter
from collections.abc import Iterable

from config.menu import catalog
from config.models import Drink
from serverlesspresso.accounts.identity import Person

from . import admission
from .models import Order, Status

_LAST = 20
"""So many of the last drinks say what the usual is."""


def usual_of(order: Order, on_menu: Iterable[Drink] | None = None) -> catalog.Choice | None:
    """What the owner of an order has had most often, wherever; None for who is new, or when it has run out.

    Of two had as often, the later one. `on_menu` is `menu.drinks(store)`, read before. One query.
    """
    owner = Person(order.customer, order.browser)
    had = admission.orders_of(owner).filter(status__in=(Status.READY, Status.COLLECTED)).exclude(drink="")
    drinks = had.order_by("-created_at").values_list("drink", "modifiers")[:_LAST]
    counted = Counter(catalog.Choice(drink, tuple(modifiers)) for drink, modifiers in drinks)
    if not counted:
        return None
    [(choice, _times)] = counted.most_common(1)
    offered = catalog.drinks(order.store) if on_menu is None else list(on_menu)
    return None if catalog.is_sold_out(order.store, choice.drink, choice.modifiers, offered) else choice
