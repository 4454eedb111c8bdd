"""Finding an order by the number on somebody's phone or cup, and what was handed over last."""

from dataclasses import dataclass

from config.models import Store
from orders import counting, reasons
from orders.models import TERMINAL, Order, Status
from serverlesspresso.core import typed_text

from .presenters import Menu, Ticket

LAST = 8
"""So many of the drinks handed over last are offered before a number is typed."""
REMADE = frozenset({Status.READY, Status.COLLECTED})
"""What can be made once more."""


@dataclass(frozen=True)
class Found:
    """An order somebody asks about. Unlike a ticket it may be long over."""

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
        """Whether it can be made once more."""
        return self.order.status in REMADE

    @property
    def not_collected(self) -> bool:
        """Whether nobody came for it in time."""
        return self.order.status == Status.COLLECTED and self.order.reason == "not_collected"

    @property
    def why(self) -> str:
        """Why it ended as it did, if there is more to say than that it did."""
        return reasons.text_of(self.order) if self.order.status == Status.CANCELLED else ""

    @property
    def when(self) -> str:
        """When it ended, or else was ordered, on the store's clock."""
        order = self.order
        moment = order.finished_at or order.submitted_at or order.created_at
        return f"{moment.astimezone(order.store.zone):%H:%M}"


def find(store: Store, number: str) -> list[Found]:
    """The orders of that number in this series and the one before; with none typed, the last handed over."""
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
