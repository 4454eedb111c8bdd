"""Why an order ended, in words the customer can act on."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from serverlesspresso.core.typed_text import plain

from .models import Order

PRESETS = {
    "sold_out": _("Sorry, something for your drink has run out."),
    "machine": _("Sorry, the machine needs a break."),
    "unclear": _("Please talk to us at the bar about your order."),
    "duplicate": _("You ordered this twice; we’re making the other one."),
}
"""What staff can choose from when they cancel."""

_REASONS = {
    **PRESETS,
    "other": _("The bar cancelled this order. Please ask at the bar."),
    "choosing_long": _(
        "Others were waiting while you chose, so your place went to them. Please scan again; "
        "you haven’t lost your drink."
    ),
    "changed_mind": _("You cancelled this order."),
    "store_closed": _("The bar has closed."),
    "store_paused": _("The bar paused new orders just then. Please scan again in a few minutes."),
    "queue_full": _("The queue filled up just then. Please scan again in a few minutes."),
    "customer_timeout": _("The time to choose ran out. Please scan again; you haven’t lost your drink."),
    "barista_timeout": _("Nobody could make your drink in time. We are sorry; please ask at the bar."),
    "not_collected": _("Nobody came for this drink. Ask at the bar for number %(number)s."),
}

LABELS = {
    "sold_out": pgettext_lazy("why an order ended", "sold out"),
    "machine": pgettext_lazy("why an order ended", "machine trouble"),
    "unclear": pgettext_lazy("why an order ended", "needed clarifying"),
    "duplicate": pgettext_lazy("why an order ended", "ordered twice"),
    "other": pgettext_lazy("why an order ended", "by the bar, for another reason"),
    "changed_mind": pgettext_lazy("why an order ended", "by the customer"),
    "store_closed": pgettext_lazy("why an order ended", "the bar closed"),
    "store_paused": pgettext_lazy("why an order ended", "the bar was paused"),
    "queue_full": pgettext_lazy("why an order ended", "the queue was full"),
    "customer_timeout": pgettext_lazy("why an order ended", "nothing chosen in time"),
    "barista_timeout": pgettext_lazy("why an order ended", "nobody made it in time"),
}
"""The same for reports: labels of rows, not sentences to a customer."""

SAY_SCAN_AGAIN = frozenset({"store_paused", "queue_full", "customer_timeout", "choosing_long"})
"""Reasons whose text already says to scan again."""


def text_of(order: Order) -> str:
    """The reason in the reader's language, and what staff typed; empty if there is none."""
    known = str(_REASONS.get(order.reason, "")) % {"number": order.number}
    if order.reason_text and order.reason == "other":
        return order.reason_text
    return f"{known} {order.reason_text}".strip()


def clean(reason: str) -> tuple[str, str]:
    """What staff sent as a reason, as a code and a typed text: a preset's code, or anything else as text."""
    reason = plain(reason)
    if reason in PRESETS:
        return reason, ""
    return "other", reason[:200]
