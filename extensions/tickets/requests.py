"""Requests for tickets."""

from collections.abc import Sequence

from django.db.models import F
from django.utils.translation import gettext as _

from serverlesspresso.extension_api import orders
from serverlesspresso.extension_api.bus import Event
from serverlesspresso.extension_api.errors import Invalid
from serverlesspresso.extension_api.orders import OrderView
from serverlesspresso.extension_api.outbox import State

from .models import Printer, Ticket

_STANDS = (State.WAITING, State.SENDING, State.SENT, State.UNKNOWN)


def for_claims(events: Sequence[Event]) -> None:
    """Request one ticket per printer; a drink that was put back and claimed again already has one."""
    stores = {event.store for event in events}
    printers = list(Printer.objects.filter(store__slug__in=stores, is_on=True).annotate(of=F("store__slug")))
    for event in events if printers else ():
        _for_claim(event, [printer for printer in printers if printer.of == event.store])


def _for_claim(event: Event, printers: list[Printer]) -> None:
    if not printers:
        return
    try:
        order = orders.look(event.order or "")
    except orders.Unknown:
        return
    there = Ticket.objects.filter(order=order.id, drink=_what(order), state__in=_STANDS)
    done = set(there.values_list("printer", flat=True))
    for printer in printers:
        if printer.pk not in done:
            _ask(order, printer, event)


def again(order: OrderView) -> int:
    """Print it once more on every printer of the store; returns how many. Raises Invalid if there is none."""
    printers = list(Printer.objects.filter(store=order.store, is_on=True))
    if not printers:
        raise Invalid(
            _("There is no printer here. Open the ticket and print it from this device."), code="no_printer"
        )
    for printer in printers:
        _ask(order, printer)
    return len(printers)


def _ask(order: OrderView, printer: Printer, event: Event | None = None) -> None:
    Ticket.ask(
        store=order.store.slug,
        event=event,
        printer=printer,
        order=order.id,
        number=order.number,
        drink=_what(order),
    )


def _what(order: OrderView) -> str:
    return ", ".join((order.drink, *order.modifiers))[:200]
