"""What extensions may know of orders: how an order lives, and one order as somebody may see it.

They import it from `serverlesspresso.extension_api.orders`; everything else in this app may change.
"""

import datetime as dt
from dataclasses import dataclass

from config.models import Store
from serverlesspresso.accounts import permissions
from serverlesspresso.accounts.identity import Person
from serverlesspresso.accounts.models import User

from . import admission, counting, deadlines, presenters, queries, reasons, workflow
from .models import LIVE, TERMINAL, Order, Status
from .processor import EDGES, Edge, with_people
from .recorded_orders import RecordedOrders

__all__ = [
    "CHAINS",
    "EDGES",
    "LIVE",
    "TERMINAL",
    "Edge",
    "Order",
    "OrderView",
    "RecordedOrders",
    "Status",
    "Unknown",
    "look",
    "owner",
    "seen",
]

CHAINS = {name: tuple(step.__name__ for step in steps) for name, steps in workflow.CHAINS.items()}
"""The Celery chains that move an order on by themselves: the names of their steps, in order."""


class Unknown(LookupError):
    """There is no such order, or the caller may not see it: the two look the same."""


@dataclass(frozen=True)
class OrderView:
    """One order as of now, for whoever may see it. Times are UTC, or None if they have not come.

    `name` is the nickname for the cup, `bring` asks staff to bring the drink to them; `customer` is the
    owner's number in this system, None for a walk-up. `position` is 1 for the next to be made, None when it
    does not wait. `staff` says that staff are looking, not the owner: they may know who made it.
    """

    id: str
    store: Store
    series: int | None
    number: int | None
    status: Status
    source: str
    drink: str
    label: str
    icon: str
    modifiers: tuple[str, ...]
    modifier_labels: tuple[str, ...]
    name: str
    priority: bool
    bring: bool
    customer: int | None
    barista: str
    position: int | None
    reason: str
    reason_text: str
    created_at: dt.datetime
    submitted_at: dt.datetime | None
    queued_at: dt.datetime | None
    claimed_at: dt.datetime | None
    completed_at: dt.datetime | None
    finished_at: dt.datetime | None
    deadline_at: dt.datetime | None
    version: int
    staff: bool


def seen(order_id: str, person: Person) -> OrderView:
    """An order as its owner or the staff of its store see it; raises Unknown for everybody else."""
    order = _find(order_id)
    own = admission.orders_of(person).filter(pk=order.pk).exists()
    staff = person.user is not None and permissions.is_staff(person.user.pk, order.store)
    if not own and not staff:
        raise Unknown(order_id)
    return _view(order, staff=staff and not own)


def look(order_id: str, *, staff: bool = True) -> OrderView:
    """An order without a viewer's rights, for a subscriber that acts for nobody, and for a frame that goes to
    everybody allowed to see it; raises Unknown."""
    return _view(_find(order_id), staff=staff)


def owner(order_id: str) -> User | None:
    """The owner, to be reached where they agreed to; None for a walk-up, or when the account is gone."""
    try:
        return _find(order_id).customer
    except Unknown:
        return None


def _find(order_id: str) -> Order:
    order = with_people.first(order_id)
    if order is None:
        raise Unknown(order_id)
    return order


def _view(order: Order, *, staff: bool) -> OrderView:
    words = presenters.Labels.at([order.store_id])
    return OrderView(
        id=order.pk,
        store=order.store,
        series=order.series,
        number=order.number,
        status=Status(order.status),
        source=order.source,
        drink=order.drink,
        icon=words.icon(order),
        label=words.drink(order),
        modifiers=tuple(order.modifiers),
        modifier_labels=tuple(words.modifiers(order)),
        name=order.name,
        priority=order.priority,
        bring=order.bring,
        customer=order.customer_id,
        barista=order.barista.display_name if order.barista else "",
        position=queries.position(order),
        reason=order.reason,
        reason_text=reasons.text_of(order) if order.reason else "",
        created_at=order.created_at,
        submitted_at=order.submitted_at,
        queued_at=order.queued_at,
        claimed_at=order.claimed_at,
        completed_at=order.completed_at,
        finished_at=order.finished_at,
        deadline_at=deadlines.deadline(order, counting.queue_of(order.store_id)),
        version=order.version,
        staff=staff,
    )
