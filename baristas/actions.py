"""Acts: what a tap on a ticket calls, what the tablet says then, and which act takes it back.

Acts that end an order have no opposite; the page holds those taps back for 10 seconds instead, see
static/js/barista.js (rule book: who may).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from config.models import Store
from orders import commands, counting, reasons, staff_commands
from orders.models import Order
from serverlesspresso.accounts.models import User

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class Action:
    """One act: a function of the manager, the sentence when it is done, and its opposite for "Undo"."""

    do: Callable[[Order, User, Mapping[str, str]], Order | None]
    said: "StrOrPromise"
    undo: str = ""


def _cancel(order: Order, by: User, sent: Mapping[str, str]) -> Order:
    reason, text = reasons.clean(sent.get("text", "").strip() or sent.get("reason", ""))
    return commands.cancel(order, by=by, reason=reason, text=text)


ACTIONS: dict[str, Action] = {
    "make": Action(
        lambda order, by, _sent: commands.claim(order, by=by), _("You are making %(number)s."), "unmake"
    ),
    "take-over": Action(
        lambda order, by, _sent: commands.claim(order, by=by, take_over=True),
        _("You have taken over %(number)s."),
        "hand-back",
    ),
    "unmake": Action(
        lambda order, by, _sent: commands.release(order, by=by), _("%(number)s is waiting again."), "make"
    ),
    "complete": Action(
        lambda order, by, _sent: commands.complete(order, by=by), _("%(number)s is ready."), "recall"
    ),
    "put-back": Action(
        lambda order, by, _sent: staff_commands.put_back(order, by=by),
        _("%(number)s is waiting again."),
        "complete",
    ),
    "recall": Action(
        lambda order, by, _sent: commands.recall(order, by=by),
        _("You are making %(number)s again."),
        "complete",
    ),
    "call": Action(
        lambda order, by, _sent: staff_commands.call_again(order, by=by), _("%(number)s is called again.")
    ),
    "collect": Action(lambda order, by, _sent: commands.collect(order, by=by), _("%(number)s is collected.")),
    "cancel": Action(_cancel, _("%(number)s is cancelled.")),
    "remake": Action(
        lambda order, by, _sent: commands.remake(order, by=by),
        _("%(number)s will be made once more."),
        "cancel",
    ),
    "one-more": Action(
        lambda order, by, _sent: commands.grant_one_more(order, by=by),
        _("Whoever ordered %(number)s may have one more drink today."),
    ),
}

_SHORT = {
    "sold_out": _("It ran out"),
    "machine": _("The machine"),
    "unclear": _("Ask at the bar"),
    "duplicate": _("Came twice"),
}


def cancel_reasons() -> list[tuple[str, "StrOrPromise", "StrOrPromise"]]:
    """What staff can cancel with: the code, a word for the button, and the sentence the customer reads."""
    return [(code, _SHORT[code], sentence) for code, sentence in reasons.PRESETS.items()]


def new_series(store: Store) -> None:
    """Begin numbers at 1, if that is still to be offered: a second manager's tap must not do it again."""
    with transaction.atomic():
        counting.lock_queue(store)
        if counting.offers_new_series(store):
            counting.start_series(store)
