"""Figures of a store when the day is over: of orders and drinks, never of people."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncDate, TruncHour
from django.utils.translation import gettext as _

from config.models import Store
from serverlesspresso.core.errors import Refusal
from serverlesspresso.core.percentiles import percentile

from . import queries
from .models import Order, Status

MADE = Q(completed_at__isnull=False)
"""Orders whose drink was made, whatever became of it."""
SHARES = (50, 80, 95)
"""Percentiles of waits."""


@dataclass(frozen=True)
class Waits:
    """How long people waited, in seconds: by percentile and at most, and for how many drinks."""

    count: int
    by_share: dict[int, int]
    longest: int

    @property
    def minutes(self) -> list[float]:
        """The percentiles and the longest, in minutes."""
        return [seconds / 60 for seconds in (*self.by_share.values(), self.longest)]


@dataclass(frozen=True)
class Report:
    """Everything on the page of figures. Lists are pairs of a name and a count, largest first.

    `orders` began, in whatever way (`by_source`), and `under_way` of them have not ended; `drinks` were made,
    whatever became of them. `to_ready` and `to_collected` run from the order, `to_the_hand` from ready.
    """

    orders: int
    under_way: int
    drinks: int
    collected: int
    not_collected: int
    by_hour: list[tuple[dt.datetime, int]]
    by_drink: list[tuple[str, int]]
    by_modifier: list[tuple[str, int]]
    by_source: list[tuple[str, int]]
    ended: list[tuple[str, str, int]]
    to_ready: Waits | None
    to_collected: Waits | None
    to_the_hand: Waits | None
    promises: queries.Promises

    @property
    def busiest(self) -> int:
        """The drinks of the busiest hour, for a picture's scale; 1 at least."""
        return max((count for _hour, count in self.by_hour), default=1)


def of(store: Store, day: dt.date | None = None) -> Report:
    """The figures of a store, of one day there or of all of them: orders by when they began, drinks by when
    they were ready, ends by when they came.

    Raises Refusal `no_figures` for a store of robots or a recording: it stays out of figures.
    """
    check(store)
    orders = Order.objects.filter(store=store)
    begun = orders.filter(_within(store, day, "created_at"))
    made = orders.filter(MADE, _within(store, day, "completed_at"))
    over = orders.filter(_within(store, day, "finished_at"))
    taken = _taken(over)
    return Report(
        orders=begun.count(),
        under_way=begun.filter(finished_at=None).count(),
        drinks=made.count(),
        collected=over.filter(status=Status.COLLECTED).exclude(reason="not_collected").count(),
        not_collected=over.filter(status=Status.COLLECTED, reason="not_collected").count(),
        by_hour=_by_hour(made, store),
        by_drink=_counted(made, "drink"),
        by_modifier=_modifiers(made),
        by_source=_counted(begun, "source"),
        ended=_ended(over),
        to_ready=to_ready(store, day),
        to_collected=_waits(taken, "submitted_at", "finished_at"),
        to_the_hand=to_the_hand(store, day),
        promises=queries.promises_kept(store, _within(store, day, "created_at")),
    )


def to_ready(store: Store, day: dt.date | None = None) -> Waits | None:
    """How long people waited for the drinks made on a day (or ever), from order to ready."""
    made = Order.objects.filter(MADE, _within(store, day, "completed_at"), store=store)
    return _waits(made.filter(submitted_at__isnull=False), "submitted_at", "completed_at")


def to_the_hand(store: Store, day: dt.date | None = None) -> Waits | None:
    """How long the drinks picked up on a day (or ever) had stood ready."""
    over = Order.objects.filter(_within(store, day, "finished_at"), store=store)
    return _waits(_taken(over), "completed_at", "finished_at")


def _within(store: Store, day: dt.date | None, moment: str) -> Q:
    """A filter for orders with this time on a day at the store; without a day, for all."""
    if day is None:
        return Q()
    begin, end = store.day_bounds(day)
    return Q(**{f"{moment}__gte": begin, f"{moment}__lt": end})


def check(store: Store) -> None:
    """Raise Refusal `no_figures` for a store of robots or a recording."""
    if store.kind != Store.Kind.REAL:
        raise Refusal(
            _(
                "This store is a rehearsal or a recording: it stays out of figures. "
                "Its overview shows it live."
            ),
            code="no_figures",
        )


def days(store: Store) -> list[dt.date]:
    """The days there on which somebody ordered or a drink was made, first to last."""
    orders = Order.objects.filter(store=store).order_by()
    began = orders.values_list(TruncDate("created_at", tzinfo=store.zone)).distinct()
    ready = orders.filter(MADE).values_list(TruncDate("completed_at", tzinfo=store.zone)).distinct()
    return sorted({day for days in (began, ready) for (day,) in days})


def _taken(over: QuerySet[Order]) -> QuerySet[Order]:
    """Drinks that somebody collected, not those that stood until their clock ran out."""
    taken = over.filter(MADE, status=Status.COLLECTED, submitted_at__isnull=False)
    return taken.exclude(reason="not_collected")


def _by_hour(made: QuerySet[Order], store: Store) -> list[tuple[dt.datetime, int]]:
    hours = made.annotate(hour=TruncHour("completed_at", tzinfo=store.zone)).values("hour")
    return list(hours.annotate(count=Count("pk")).order_by("hour").values_list("hour", "count"))


def _counted(orders: QuerySet[Order], field: str) -> list[tuple[str, int]]:
    counted = orders.exclude(**{field: ""}).values(field).annotate(count=Count("pk"))
    return list(counted.order_by("-count", field).values_list(field, "count"))


def _modifiers(made: QuerySet[Order]) -> list[tuple[str, int]]:
    """Options by count. Counted in Python, because an order's options are one JSON list; few lists differ."""
    counts: Counter[str] = Counter()
    together = made.order_by().values("modifiers").annotate(count=Count("pk"))
    for modifiers, count in together.values_list("modifiers", "count"):
        counts.update(dict.fromkeys(modifiers, count))
    return sorted(counts.items(), key=lambda each: (-each[1], each[0]))


def _ended(orders: QuerySet[Order]) -> list[tuple[str, str, int]]:
    """Orders that ended without a drink, by status and reason."""
    lost = orders.filter(status__in=(Status.CANCELLED, Status.TIMED_OUT, Status.REJECTED))
    counted = (
        lost.values("status", "reason").annotate(count=Count("pk")).order_by("-count", "status", "reason")
    )
    return list(counted.values_list("status", "reason", "count"))


def _waits(orders: QuerySet[Order], begin: str, end: str) -> Waits | None:
    seconds = sorted(_seconds(orders, begin, end))
    if not seconds:
        return None
    return Waits(
        len(seconds), {share: round(percentile(seconds, share)) for share in SHARES}, round(seconds[-1])
    )


def _seconds(orders: QuerySet[Order], begin: str, end: str) -> Iterator[float]:
    for began, ended in orders.order_by().values_list(begin, end).iterator(chunk_size=5000):
        yield (ended - began).total_seconds()
