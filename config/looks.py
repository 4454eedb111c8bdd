"""What a store's pages are made from, besides what frames carry: after a change, screens are rendered
anew."""

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .models import Store

_TOLD_BY_FRAMES = frozenset(
    [
        "is_open",
        "paused_at",
        "paused_for",
        "deserted_for",
        "paused_by_itself",
        "auto_pause",
        "turned_at",
        "last_orders_at",
        "archived_at",
        "menu_stamp",
        "capacity",
        "per_code",
        "per_day",
        "code_s",
        "customer_s",
        "barista_s",
        "claim_s",
        "pickup_s",
        "starts_on",
        "ends_on",
        "sign_in",
        "phone_tested_at",
        "email_tested_at",
        "reach",
        "reached_at",
    ]
)
"""Fields whose changes reach a screen without its page being rendered anew."""


def look_of(store: "Store") -> str:
    """A text that differs after any change to what pages are made from: name, languages, time zone and so on.

    A new field counts, unless it is named above.
    """
    fields = [each.attname for each in store._meta.concrete_fields if each.name not in _TOLD_BY_FRAMES]
    made_from = repr([(name, getattr(store, name)) for name in fields])
    return hashlib.sha256(made_from.encode()).hexdigest()[:12]
