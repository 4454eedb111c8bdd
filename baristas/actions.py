"""Acts: what a tap on a ticket calls, what the tablet then says, and which act reverses it.

Acts that end an order have no opposite; the page holds those taps back for 10 seconds instead, see
static/js/barista.js (rule book: who may).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from config.models import Store
from orders import commands, counting, reasons, staff_commands
from orders.models import Order

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


def _reason(sent: Mapping[str, str]) -> dict[str, str]:
    reason, text = reasons.clean(sent.get("text", "").strip() or sent.get("reason", ""))
    return {"reason": reason, "text": text}


@dataclass(frozen=True)
class Action:
    """A command, the sentence said afterwards, its opposite for "Undo", and the form fields it takes."""

    do: Callable[..., Order | None]
    said: "StrOrPromise"
    undo: str = ""
    takes: Callable[[Mapping[str, str]], dict[str, str]] | None = None


ACTIONS: dict[str, Action] = {
    "make": Action(commands.claim, _("You are making %(number)s."), "unmake"),
    "take-over": Action(
        partial(commands.claim, take_over=True), _("You have taken over %(number)s."), "hand-back"
    ),
    "unmake": Action(commands.release, _("%(number)s is waiting again."), "make"),
    "complete": Action(commands.complete, _("%(number)s is ready."), "recall"),
    "put-back": Action(staff_commands.put_back, _("%(number)s is waiting again."), "complete"),
    "recall": Action(commands.recall, _("You are making %(number)s again."), "complete"),
    "call": Action(staff_commands.call_again, _("%(number)s is called again.")),
    "collect": Action(commands.collect, _("%(number)s is collected.")),
    "cancel": Action(commands.cancel, _("%(number)s is cancelled."), takes=_reason),
    "remake": Action(commands.remake, _("%(number)s will be made again."), "cancel"),
    "one-more": Action(
        commands.grant_one_more, _("The customer of %(number)s may have one more drink today.")
    ),
}

_SHORT = {
    "sold_out": _("It ran out"),
    "machine": _("Machine trouble"),
    "unclear": _("Ask at the bar"),
    "duplicate": _("Ordered twice"),
}


def cancel_reasons() -> list[tuple[str, "StrOrPromise", "StrOrPromise"]]:
    """Reasons for cancelling: the code, a word for the button, and the sentence the customer reads."""
    return [(code, _SHORT[code], sentence) for code, sentence in reasons.PRESETS.items()]


def new_series(store: Store) -> None:
    """Begin numbers at 1, if that is still on offer: a second manager's tap must not repeat it."""
    with transaction.atomic():
        counting.lock_queue(store)
        if counting.offers_new_series(store):
            counting.start_series(store)
