"""The refusals of the order services."""

from django.utils.translation import gettext as _

from serverlesspresso.core.errors import Refusal

from .models import Status


class OrderError(Refusal):
    """The order does not allow this, or no longer (409)."""


def too_late(order) -> OrderError:
    """The refusal for a late or impossible act: it says what became of the order."""
    sentences = {
        Status.VALIDATING: _("This order is still being checked. Try again in a moment."),
        Status.CHOOSING: _("The customer is still choosing."),
        Status.SUBMITTED: _("This order is on its way to the queue. Try again in a moment."),
        Status.QUEUED: _("This order is waiting for a barista."),
        Status.MAKING: _("This drink is already being made."),
        Status.READY: _("This drink is ready to be collected."),
        Status.COLLECTED: _("This order is over: the drink was collected."),
        Status.CANCELLED: _("This order is over: it was cancelled."),
        Status.TIMED_OUT: _("This order is over: its time ran out."),
        Status.REJECTED: _("This order is over: the bar could not take it."),
    }
    if order.status == Status.MAKING and order.barista:
        text = _("%(barista)s is already making this drink.") % {"barista": order.barista.display_name}
    else:
        text = sentences[Status(order.status)]
    return OrderError(text, code="too_late", order_status=order.status, order_id=order.pk)


def too_late_to_recall(order) -> Refusal:
    """The refusal for a drink that has been ready for too long to be recalled."""
    text = _(
        "This drink was ready more than 10 minutes ago: it can no longer be recalled. Make it again instead."
    )
    return Refusal(text, code="too_late_to_recall", order_status=order.status, order_id=order.pk)


def changed_meanwhile(order) -> OrderError:
    """The refusal for a change that was meant for an earlier version of the order (412)."""
    text = _("This order has changed meanwhile. Look at it again, and then choose.")
    return OrderError(
        text, code="changed_meanwhile", status=412, order_status=order.status, order_id=order.pk
    )
