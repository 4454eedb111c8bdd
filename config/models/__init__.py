"""Configuration: stores, what they offer and what they allow.

Not Django's settings (those are in `serverlesspresso/settings/`): this is what organisers set.
"""

from .base import Configured
from .hours import OpeningHours
from .local_time import check_timezone
from .menu import Drink, Labelled, ModifierGroup, Option
from .store import Store, StoreQuerySet, a_year_from_now, check_sign_in, only_guests

__all__ = [
    "Configured",
    "Drink",
    "Labelled",
    "ModifierGroup",
    "OpeningHours",
    "Option",
    "Store",
    "StoreQuerySet",
    "a_year_from_now",
    "check_sign_in",
    "check_timezone",
    "only_guests",
]
