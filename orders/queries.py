"""What screens and API read: the queue, places in it, and whether promises were kept."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import (
    Count,
    DateTimeField,
    DurationField,
    ExpressionWrapper,
    F,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Coalesce

from config.models import Store
from display.models import Hold
from serverlesspresso.core import clock
from serverlesspresso.core.db.prepared import PreparedCount, PreparedValues

from .models import LIVE, Order, Status, Turn

ENOUGH_PROMISES = 10
"""With fewer promises no percentage is shown."""


@dataclass(frozen=True)
class Promises:
    """How many drinks were promised within a range, and how many came within, before and after it."""

    made: int
    kept: int
    early: int
    late: int

    @property
    def says_much(self) -> bool:
        """Whether there are enough of them for a share to mean anything."""
        return self.made >= ENOUGH_PROMISES

    @property
    def share(self) -> float | None:
        """The part of the promises that was kept or more than kept, from 0 to 1; None without promises."""
        return (self.kept + self.early) / self.made if self.made else None


def queue_of(store: Store, *statuses: Status) -> QuerySet[Order]:
    """The store's orders in these statuses, by series and number (remakes at the old one's place)."""
    orders = Order.objects.filter(store=store, status__in=statuses).select_related(
        "store", "barista", "customer"
    )
    return orders.order_by("place", "number")


def live_count(store: Store) -> int:
    """How many orders are live, including those with a place beyond the queue."""
    return Order.objects.filter(store=store, status__in=LIVE).count()


def has_room(store: Store, *, but: Hold | None = None) -> bool:
    """Whether the queue has a free place that is not offered to somebody on the waiting list.

    Priority orders have places of their own. `but` is the caller's own hold, whose offer is not counted.
    """
    return room(store, but=but) > 0


def room(store: Store, *, but: Hold | None = None) -> int:
    """How many places of the queue are free, 0 at least; see `has_room`."""
    taken, offered = _places.all(store.pk, clock.now())[0]
    if but and offered:
        offered = offers(store).exclude(hold=but).count()
    return max(0, store.capacity - (taken or 0) - (offered or 0))


def somebody_waits(store: Store) -> bool:
    """Whether anybody on the waiting list hopes for a place."""
    return _waits.count(store.pk, clock.now()) > 0


def choosing_long(store: Store) -> QuerySet[Order]:
    """Orders whose owners have been choosing for longer than the initial time to choose."""
    since = clock.now() - dt.timedelta(seconds=store.customer_s)
    choosing = Order.objects.filter(store=store, status=Status.CHOOSING, created_at__lte=since)
    return choosing.select_related("store").order_by("created_at")


def offers(store: Store) -> QuerySet[Turn]:
    """The turns on the waiting list that have been offered a place and have not yet taken it."""
    return _offers(store, clock.now())


def _offers(store: Store | int, now: dt.datetime) -> QuerySet[Turn]:
    open_holds = {"hold__used_at": None, "hold__returned_at": None}
    return Turn.objects.filter(store=store, ended_at=None, offered_until__gt=now, **open_holds)


def _number_of(found: QuerySet) -> Subquery:
    return Subquery(found.order_by().values("store").annotate(number=Count("*")).values("number"))


_places = PreparedValues(
    lambda store, now: (
        Store.objects.filter(pk=store)
        .order_by()
        .values_list(
            _number_of(Order.objects.filter(store=store, status__in=LIVE, priority=False)),
            _number_of(_offers(store, now)),
        )
    )
)
"""How many places of a store's queue are taken, and how many are offered: None for none."""
_waits = PreparedCount(
    lambda store, now: Turn.objects.filter(store=store, ended_at=None, offered_until=None, expires_at__gt=now)
)
_ahead = PreparedCount(
    lambda store, place: Order.objects.filter(store=store, status=Status.QUEUED, place__lt=place)
)


def position(order: Order) -> int | None:
    """1 for the next to be made; None when the order does not wait."""
    if order.status != Status.QUEUED:
        return None
    return place_of(order)


def place_of(order: Order) -> int:
    """1 plus the number of orders waiting before it, whether it waits yet or not."""
    return _ahead.count(order.store_id, order.place) + 1


def positions(store: Store) -> dict[str, int]:
    """The position of every waiting order of a store, by id: one query for a whole list."""
    waiting = Order.objects.filter(store=store, status=Status.QUEUED).order_by("place", "number")
    return {pk: place for place, pk in enumerate(waiting.values_list("pk", flat=True), start=1)}


def promises_kept(store: Store, *where: Q, **when) -> Promises:
    """How often the promised range, told with an order's number, was kept.

    Orders that still wait after the range, or whose drink nobody made, count as late. Cancelled orders do not
    count. A promise stands still in every pause. `where` and `when` narrow the orders, as in
    `scan_day=today`.
    """
    now = clock.now()
    orders = Order.objects.filter(*where, store=store, promised_to__isnull=False, **when)
    # how long all pauses before it had lasted: staffed time becomes comparable with what was promised
    behind = ExpressionWrapper(F("queued_at") - F("queued_staffed"), DurationField())
    counts = orders.annotate(
        ready=Coalesce(_later("completed_staffed", behind), "completed_at"),
        today=Coalesce(_later(Value(store.staffed_time(now), DateTimeField()), behind), Value(now)),
    ).aggregate(
        kept=Count("pk", filter=_MADE & Q(ready__gte=F("promised_from"), ready__lte=F("promised_to"))),
        early=Count("pk", filter=_MADE & Q(ready__lt=F("promised_from"))),
        late=Count(
            "pk", filter=_MADE & Q(ready__gt=F("promised_to")) | _OVERDUE | Q(status=Status.TIMED_OUT)
        ),
    )
    return Promises(made=sum(counts.values()), **counts)


def _later(moment, by: ExpressionWrapper) -> ExpressionWrapper:
    return ExpressionWrapper((F(moment) if isinstance(moment, str) else moment) + by, DateTimeField())


_MADE = Q(completed_at__isnull=False)
_OVERDUE = Q(status__in=(Status.QUEUED, Status.MAKING), promised_to__lt=F("today"))
