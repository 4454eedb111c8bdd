"""The Django admin of stores and menus, for people who do not program."""

from .base import OF_MY_STORES, NamedInline, local
from .menu import DrinkAdmin, ModifierGroupAdmin
from .stores import StoreAdmin

__all__ = ["OF_MY_STORES", "DrinkAdmin", "ModifierGroupAdmin", "NamedInline", "StoreAdmin", "local"]
