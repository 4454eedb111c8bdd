"""Slots: the places in the house's own pages where an extension may put something of its own.

An extension fills a slot when it is loaded (`AppConfig.ready`); the page shows whatever is there and knows
nothing of who put it. So a folder under `extensions/` can go without a trace.
"""

from collections import defaultdict

SLOTS = {
    "order": "An order's page, under the order. Knows `order`, and `own`: whether its owner looks.",
    "ticket": "What a barista may do with a ticket. Knows `order`; says nothing about who looks.",
    "board": "The barista app, over the lanes, for what must not be overlooked. Knows `store` and `role`.",
    "bar": "The barista app's menu. Knows `store` and `role`.",
    "admin": "A store's page in the admin. Knows `store`.",
    "rehearsal": "The last page of a store's set-up: how to try it before people come. Knows `store`.",
}
"""Every slot there is, and what a template in it knows."""

_filled: dict[str, list[str]] = defaultdict(list)


def fill(slot: str, template: str) -> None:
    """Show a template in a slot, once; KeyError for a slot nobody has."""
    if slot not in SLOTS:
        raise KeyError(f"There is no slot {slot!r}; there are {', '.join(SLOTS)}.")
    if template not in _filled[slot]:
        _filled[slot].append(template)


def templates(slot: str) -> list[str]:
    """The templates in a slot, in the order in which they came."""
    return list(_filled.get(slot, ()))
