"""The texts of notices."""

from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from serverlesspresso.extension_api.orders import OrderView


class Kind(models.TextChoices):
    """What a notice says."""

    READY = "ready", gettext_lazy("ready")
    CANCELLED = "cancelled", gettext_lazy("cancelled")
    TIMED_OUT = "timed_out", gettext_lazy("timed out")


@dataclass(frozen=True)
class Text:
    """A title that says it all on a locked screen, and a sentence below it."""

    title: str
    body: str


def of(kind: str, order: OrderView) -> Text:
    """The text in the active language."""
    number = order.number or ""
    drink = order.label or _("Your order")
    if kind == Kind.READY:
        title = _("%(number)s is ready") % {"number": number}
        return Text(title, _("%(drink)s, at %(store)s.") % {"drink": drink, "store": order.store.name})
    if kind == Kind.CANCELLED:
        title = (
            _("%(number)s was cancelled") % {"number": number} if number else _("Your order was cancelled")
        )
        return Text(title, order.reason_text or _("Please ask at the bar."))
    title = _("%(number)s timed out") % {"number": number} if number else _("Your order timed out")
    return Text(title, order.reason_text or _("Please ask at the bar."))
