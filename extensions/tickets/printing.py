"""Printing on network printers: ESC/POS over TCP, with time limits, and never twice by itself."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from escpos.magicencode import MagicEncode
from escpos.printer import Dummy

from serverlesspresso.extension_api import orders
from serverlesspresso.extension_api.network import safe_http
from serverlesspresso.extension_api.outbox import DeliveryFailed

from . import layout, lettering
from .layout import Paper

if TYPE_CHECKING:
    from .models import Ticket

CONNECT_S, WRITE_S = 3, 10
_START = b"\x1b@\x1c."
"""Reset the printer, and leave Chinese mode: many cheap printers start in it, and then read two accented
letters as one Chinese character."""


def send(ticket: "Ticket") -> None:
    """Print it. Raises NotSent if the printer certainly received nothing; any later error leaves the outcome
    unknown."""
    printer = ticket.printer
    if printer is None:
        raise DeliveryFailed("the printer was deleted", final=True)
    try:
        order = orders.look(ticket.order)
    except orders.Unknown:
        raise DeliveryFailed("the order is gone", final=True) from None
    with translation.override(order.store.language or settings.LANGUAGE_CODE):
        data = encoded(layout.of(order), printer.paper)
    try:
        line = safe_http.connect(printer.host, printer.port, printer=True, seconds=CONNECT_S)
    except (safe_http.Unusable, safe_http.Unreachable):
        raise DeliveryFailed(f"{printer}: not reached") from None
    with line:
        line.settimeout(WRITE_S)
        line.sendall(data)


def encoded(ticket: layout.Ticket, paper: str) -> bytes:
    """The ticket in the printer's own language."""
    printer = Dummy()
    dots = layout.CHARACTERS[Paper(paper)] * lettering.DOTS[0]
    printer.profile.profile_data = {**printer.profile.profile_data, "media": {"width": {"pixels": dots}}}
    printer.magic = MagicEncode(printer, encoder=lettering.Pages())
    _say(printer, ticket.number, paper, big=4)
    if ticket.name:
        _say(printer, ticket.name, paper, big=2, otherwise=_("Name: see the tablet"))
    _say(printer, ticket.drink, paper, big=2, otherwise=_("Drink: see the tablet"))
    for each in ticket.modifiers:
        _say(printer, f"+ {each}", paper, bold=True, otherwise=_("+ see the tablet"))
    for each in ticket.notes:
        _say(printer, f"! {each}", paper, bold=True)
    _say(printer, ticket.foot, paper, otherwise=ticket.foot.rpartition(" ")[2])
    printer.text("\n" * (1 if paper == Paper.LABEL else 3))
    printer.cut()
    return _START + bytes(printer.output)


def _say(printer, text: str, paper: str, *, big: int = 1, bold: bool = False, otherwise: str = "") -> None:
    """Print a text, drawn if necessary; what can be neither printed nor drawn is left out, with a note."""
    pages, columns = printer.magic.encoder, layout.CHARACTERS[Paper(paper)] // big
    text = lettering.plain(text)
    printer.set(align="left", bold=bold or big > 1, custom_size=True, width=big, height=big)
    if text and not lettering.is_carried(text, pages):
        if picture := lettering.drawn(text, columns, big):
            return printer.image(picture, impl="bitImageRaster", center=False)
        text = ""
    for line in lettering.wrapped(text or otherwise, lambda part: len(part) <= columns):
        printer.text(f"{line}\n")
    return None
