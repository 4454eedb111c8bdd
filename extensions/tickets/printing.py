"""Printing on network printers: ESC/POS over TCP, with time limits, and never twice by itself."""

from django.conf import settings
from django.utils import translation

from orders import public
from serverlesspresso import outgoing
from serverlesspresso.events.effects import NotSent

from . import layout
from .models import Paper, Ticket

CONNECT_S, WRITE_S = 3, 10


def send(ticket: Ticket) -> None:
    """Print it. Raises NotSent if the printer surely took nothing; after that the outcome is unknown."""
    try:
        order = public.look(ticket.order)
    except public.Unknown:
        raise NotSent("the order is gone", final=True) from None
    with translation.override(order.store.language or settings.LANGUAGE_CODE):
        data = encoded(layout.of(order), ticket.printer.paper)
    printer = ticket.printer
    try:
        line = outgoing.connect(printer.host, printer.port, printer=True, seconds=CONNECT_S)
    except (outgoing.Unusable, outgoing.Unreachable):
        raise NotSent(f"{printer}: not reached") from None
    with line:
        line.settimeout(WRITE_S)
        line.sendall(data)


def encoded(ticket: layout.Ticket, paper: str) -> bytes:
    """The printer's own language."""
    from escpos.printer import Dummy

    printer = Dummy()
    printer.hw("INIT")
    _say(printer, ticket.number, big=4)
    if ticket.name:
        _say(printer, ticket.name, paper, big=2)
    _say(printer, ticket.drink, paper, big=2)
    for each in ticket.modifiers:
        _say(printer, f"+ {each}", paper, bold=True)
    for each in ticket.notes:
        _say(printer, f"! {each}", paper, bold=True)
    _say(printer, ticket.foot, paper)
    printer.text("\n" * (1 if paper == Paper.LABEL else 3))
    printer.cut()
    return bytes(printer.output)


def _say(printer, text: str, paper: str = "", *, big: int = 1, bold: bool = False) -> None:
    printer.set(align="left", bold=bold or big > 1, custom_size=True, width=big, height=big)
    room = layout.CHARACTERS[Paper(paper)] // big if paper else len(text)
    for start in range(0, len(text), max(room, 1)):
        printer.text(text[start : start + room] + "\n")
