"""The contents of a ticket, line by line: the same on paper rolls, labels and the printable page."""

import unicodedata
from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from serverlesspresso.extension_api.orders import OrderView
from serverlesspresso.extension_api.text import plain


class Paper(models.TextChoices):
    """Widths of rolls, and labels for cups."""

    MM58 = "58", gettext_lazy("58 mm roll")
    MM80 = "80", gettext_lazy("80 mm roll")
    LABEL = "label", gettext_lazy("label, 62 × 29 mm")


CHARACTERS = {Paper.MM58: 32, Paper.MM80: 48, Paper.LABEL: 24}
"""Characters in one line of the printers' usual type."""


@dataclass(frozen=True)
class Ticket:
    """A ticket, number first, because that is called. `lines` say what to make, `notes` what else to know."""

    number: str
    drink: str
    modifiers: list[str]
    name: str
    notes: list[str]
    foot: str


def of(order: OrderView) -> Ticket:
    """An order's ticket, in the active language and the store's time."""
    at = order.submitted_at or order.created_at
    notes = []
    if order.priority:
        notes.append(_("Priority"))
    if order.bring:
        notes.append(_("Bring to the customer"))
    if order.source == "remake":
        notes.append(_("Made again"))
    return Ticket(
        number=str(order.number or "–"),
        drink=clean(order.label),
        modifiers=[clean(each) for each in order.modifier_labels],
        name=clean(order.name),
        notes=notes,
        foot=f"{clean(order.store.name)} {at.astimezone(order.store.zone):%H:%M}",
    )


def clean(text: str) -> str:
    """Printable characters only: a printer obeys control characters in a name."""
    return "".join(letter for letter in plain(text) if unicodedata.category(letter)[0] != "C")
