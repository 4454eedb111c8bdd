"""Stores and their menus."""

from config.demo import make_menu
from config.lookup import store_or_404
from config.menu.planning import plan_of, put_in_place
from config.models import Drink, ModifierGroup, Option, Store

__all__ = [
    "Drink",
    "ModifierGroup",
    "Option",
    "Store",
    "make_menu",
    "plan_of",
    "put_in_place",
    "store_or_404",
]
