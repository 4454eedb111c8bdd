"""Somebody's usual: the drink they have had most often, to order again with one tap."""

from collections import Counter
from collections.abc import Iterable

from config.menu import catalog
from config.models import Drink
from serverlesspresso.accounts.identity import Person

from . import admission
from .models import Order, Status

_LAST = 20
"""The usual is found among this many last drinks."""


def usual_of(order: Order, on_menu: Iterable[Drink] | None = None) -> catalog.Choice | None:
    """What the owner of an order has had most often, at any store; None if they are new or it is sold out.

    Of two had equally often, the later one. `on_menu` is `menu.drinks(store)`, already read. One query.
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
