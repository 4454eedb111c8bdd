"""Find orders by the number on somebody's phone or cup, or those handed over last."""

from dataclasses import dataclass

from config.models import Store
from orders import counting, reasons
from orders.models import TERMINAL, Order, Status
from serverlesspresso.core import typed_text

from .presenters import Menu, Ticket

LAST = 8
"""How many of the drinks handed over last are offered before a number is typed."""
REMADE = frozenset({Status.READY, Status.COLLECTED})
"""Statuses of orders that can be made again."""


@dataclass(frozen=True)
class Found:
    """An order somebody asks about. Unlike a ticket, it may be long over."""

    ticket: Ticket

    @property
    def order(self) -> Order:
        return self.ticket.order

    @property
    def over(self) -> bool:
        """Whether nothing can happen to it any more."""
        return self.order.status in TERMINAL

    @property
    def may_remake(self) -> bool:
        """Whether it can be made again."""
        return self.order.status in REMADE

    @property
    def not_collected(self) -> bool:
        """Whether nobody came for it in time."""
        return self.order.status == Status.COLLECTED and self.order.reason == "not_collected"

    @property
    def why(self) -> str:
        """Why it ended, if there is more to say than that it did."""
        return reasons.text_of(self.order) if self.order.status == Status.CANCELLED else ""

    @property
    def when(self) -> str:
        """When it ended, or was ordered if it has not, in the store's time."""
        order = self.order
        moment = order.finished_at or order.submitted_at or order.created_at
        return f"{moment.astimezone(order.store.zone):%H:%M}"


def find(store: Store, number: str) -> list[Found]:
    """The orders of that number in this series and the previous one; without a number, the last handed
    over."""
    orders = Order.objects.filter(store=store).select_related("store", "barista", "customer")
    digits = typed_text.digits(number)
    if digits and len(digits) <= 9:
        queue = counting.queue_of(store.pk)
        series = queue.series if queue else 1
        orders = orders.filter(series__in=(series, series - 1), number=int(digits)).order_by("-series")
    elif number:
        return []
    else:
        orders = orders.filter(status=Status.COLLECTED).order_by("-place", "-number")[:LAST]
    menu = Menu(store)
    return [Found(menu.ticket(order)) for order in orders]
