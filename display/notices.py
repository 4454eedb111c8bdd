"""Why a number is called before an earlier one: the wall says so, so that nobody feels passed over."""

from django.utils.translation import gettext as _

from config.menu import catalog
from config.models import Drink, Store
from orders.models import Order, Status
from serverlesspresso.core.db.prepared import PreparedQuery

MOST = 3
"""Sentences shown at once, at most: the wall stays calm."""
_MOVED_ON = (Status.MAKING, Status.READY)


_lying = PreparedQuery(
    lambda store: (
        Order.objects.filter(store=store, status__in=(Status.QUEUED, *_MOVED_ON), number__isnull=False)
        .order_by("place", "number")
        .only("number", "place", "status", "drink", "modifiers", "source", "last_command")
    )
)


def sentences(store: Store) -> list[str]:
    """Why numbers overtook or were overtaken: the next one first, then the rest in queue order.

    One query, plus the menu's if something ordered may have run out.
    """
    lying = _lying.all(store.pk)
    furthest = max((order.place or 0 for order in lying if order.status in _MOVED_ON), default=0)
    said: list[str] = []
    coming: list[int] = []
    drinks: list[Drink] | None = None
    for order in lying:
        if (
            order.status == Status.QUEUED
            and (order.place or 0) < furthest
            and order.source != Order.Source.REMAKE
        ):
            drinks = catalog.drinks(store) if drinks is None else drinks
            if missing := _missing(order, drinks):
                waits = {"number": order.number, "what": missing}
                said.append(_("%(number)d is waiting for %(what)s.") % waits)
            else:
                coming.append(order.number or 0)
        elif reason := _overtaking(order):
            said.append(reason)
        if len(said) + len(coming) == MOST:
            break
    return [*_next(coming), *said]


def _next(coming: list[int]) -> list[str]:
    if len(coming) > 1:
        return [_("Next: %(numbers)s.") % {"numbers": ", ".join(map(str, coming))}]
    return [_("%(number)d is next.") % {"number": number} for number in coming]


def _overtaking(order: Order) -> str:
    again = order.source == Order.Source.REMAKE or order.last_command == "recall"
    if again and order.status != Status.READY:
        return _("%(number)d is being made again.") % {"number": order.number}
    return ""


def _missing(order: Order, drinks: list[Drink]) -> str:
    """What the order waits for, in the reader's language; empty if it could be made now."""
    drink = next((each for each in drinks if each.name == order.drink), None)
    if drink is None:
        return order.drink
    if not drink.available:
        return drink.label
    options = [option for group in drink.groups.all() for option in group.options.all()]
    gone = [option.label for option in options if option.name in order.modifiers and not option.available]
    return ", ".join(gone)
