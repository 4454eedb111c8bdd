"""What a tablet shows: tickets in three columns, and the state of the bar. This module writes nothing."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property, lru_cache

from django.db.models import Count, Min, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from config.menu import catalog
from config.models import Drink, Option, Store
from display import qr_codes
from orders import counting, patience, queries
from orders.models import LIVE, Order, Status
from serverlesspresso.core import clock
from serverlesspresso.core.db.prepared import PreparedCount, PreparedQuery

COLUMNS = {Status.QUEUED: "waiting", Status.MAKING: "making", Status.READY: "ready"}
"""The columns, in the order in which a drink passes through them."""
TAPS = {Status.QUEUED: "make", Status.MAKING: "complete", Status.READY: "collect"}
"""What tapping a ticket does: two taps for a drink, and a third when it is handed over."""


@dataclass(frozen=True)
class Tag:
    """A chosen option; `special` if it is not what a barista would reach for without reading."""

    label: str
    special: bool


@dataclass(frozen=True)
class Ticket:
    """An order as it lies on the bar. Nothing in it depends on who reads it."""

    order: Order
    drink: str
    tags: tuple[Tag, ...]
    sold_out: str
    """Since when its owner has been asked for another choice, RFC 3339 in UTC; empty unless it ran out."""

    milk: str
    """The option of the drink's first required choice, such as the milk; drinks that share it go well
    together."""

    @property
    def column(self) -> str:
        """The column it lies in, or lay in when it was cancelled."""
        order = self.order
        if order.struck:
            return COLUMNS[
                Status.READY if order.completed_at else Status.MAKING if order.claimed_at else Status.QUEUED
            ]
        return COLUMNS[Status(order.status)]

    @property
    def tap(self) -> str:
        """The act that a tap on it calls."""
        return TAPS[Status(self.order.status)]

    @property
    def since(self) -> str | None:
        """Since when somebody has waited for it, or since when it has stood ready: RFC 3339 in UTC."""
        order = self.order
        return clock.text(order.completed_at if order.status == Status.READY else order.queued_at)


@dataclass(frozen=True)
class Lane:
    """A column with what lies in it."""

    status: Status
    tickets: tuple[Ticket, ...]

    @property
    def name(self) -> str:
        """The id of its element."""
        return COLUMNS[self.status]

    @property
    def title(self) -> str:
        """Its heading."""
        return {
            Status.QUEUED: pgettext("lane", "Waiting"),
            Status.MAKING: pgettext("lane", "Making"),
            Status.READY: pgettext("lane", "Ready"),
        }[self.status]

    @property
    def empty(self) -> str:
        """The text shown while it is empty."""
        return {
            Status.QUEUED: _("Nobody is waiting."),
            Status.MAKING: _("Tap a waiting ticket to make it."),
            Status.READY: _("Nothing to pick up."),
        }[self.status]


class Menu:
    """A store's menu, read once for any number of tickets. `fresh` is as in `menu.drinks`."""

    def __init__(self, store: Store, *, fresh: bool = False):
        self.store = store
        self.drinks: list[Drink] = catalog.drinks(store, fresh=fresh)

    @cached_property
    def _drinks(self) -> dict[str, Drink]:
        return {drink.name: drink for drink in self.drinks}

    @cached_property
    def _options(self) -> dict[tuple[str, str], tuple[Option, bool]]:
        """Options by drink and name, and whether each is the usual one: first of a required group."""
        found = {}
        for drink in self.drinks:
            for group in drink.groups.all():
                for place, option in enumerate(group.options.all()):
                    found[drink.name, option.name] = (option, place == 0 and group.min > 0)
        return found

    def ticket(self, order: Order) -> Ticket:
        """An order in this menu's words; what is no longer on it keeps the name it was ordered by."""
        drink = self._drinks.get(order.drink)
        tags = tuple(self._tag(order.drink, name) for name in order.modifiers)
        waits = order.status == Status.QUEUED
        sold_out = waits and catalog.is_sold_out(self.store, order.drink, order.modifiers, self.drinks)
        gone = self._asked(order) if sold_out else ""
        return Ticket(order, drink.label if drink else order.drink, tags, gone, self._milk(order))

    def _milk(self, order: Order) -> str:
        drink = self._drinks.get(order.drink)
        for group in drink.groups.all() if drink else ():
            if group.min == group.max == 1:
                labels = {option.name: option.label for option in group.options.all()}
                return next((labels[name] for name in order.modifiers if name in labels), "")
        return ""

    def _asked(self, order: Order) -> str:
        since = catalog.gone_since(order.drink, order.modifiers, self.drinks)
        return clock.text(max(filter(None, (since, order.queued_at)), default=order.created_at)) or ""

    def _tag(self, drink: str, name: str) -> Tag:
        option, usual = self._options.get((drink, name), (None, False))
        return Tag(option.label if option else name, not usual)

    @cached_property
    def presets(self) -> set[int]:
        """Preselected options: the first available one of each group that takes exactly one."""
        groups = [
            group for drink in self.drinks for group in drink.groups.all() if group.min == group.max == 1
        ]
        firsts = (next((o.pk for o in group.options.all() if o.available), None) for group in groups)
        return {pk for pk in firsts if pk}

    def options(self) -> list[tuple[Drink, Option]]:
        """Each option once, with a drink that has it, in the order of the menu."""
        first: dict[int, tuple[Drink, Option]] = {}
        for drink in self.drinks:
            for group in drink.groups.all():
                for option in group.options.all():
                    first.setdefault(option.pk, (drink, option))
        return list(first.values())


def tickets(store: Store, on: Menu, ids: Collection[str] | None = None) -> list[Ticket]:
    """Tickets on the bar (of these orders), cancelled ones included, by series and number."""
    if ids is None:
        orders = [*queries.queue_of(store, *COLUMNS), *_orders(store).filter(struck=True)]
        orders.sort(key=lambda order: (order.place, order.number))
    else:
        orders = _these(len(ids)).all(store.pk, *ids) if ids else []
    return [on.ticket(order) for order in orders]


def _orders(store: Store | int) -> QuerySet[Order]:
    return Order.objects.filter(store=store).select_related("store", "barista", "customer")


_HERE = Q(status__in=COLUMNS) | Q(struck=True)


@lru_cache
def _these(number: int) -> PreparedQuery[Order]:
    """The orders with these ids: compiled once for each number of ids, which is seldom more than a few."""
    return PreparedQuery(
        lambda store, *ids: _orders(store).filter(_HERE, pk__in=ids).order_by("place", "number"),
        places=number + 1,
    )


def struck(store: Store) -> list[str]:
    """The cancelled orders that nobody has seen yet: a screen removes any other struck ticket."""
    return sorted(Order.objects.filter(store=store, struck=True).values_list("pk", flat=True))


@dataclass(frozen=True)
class Counts:
    """How many orders each column has, and since when nobody has touched the queue (RFC 3339 in UTC)."""

    queued: int
    making: int
    ready: int
    live: int
    still: str | None
    warn_s: int


_sums = PreparedCount(
    lambda store: Order.objects.filter(store=store, status__in=(*LIVE, Status.READY)),
    *(Count("pk", filter=Q(status=status)) for status in COLUMNS),
    Count("pk", filter=Q(status__in=LIVE)),
    Min("queued_clock", filter=Q(status=Status.QUEUED)),
    Min("store__queue__active_clock"),
)


def counts(store: Store) -> Counts:
    """The figures of the bar: one query."""
    queued, making, ready, live, oldest, active = _sums.of(store.pk)
    still = patience.standstill(store, oldest, active)
    return Counts(queued, making, ready, live, clock.text(still.since), still.warn_s)


def aside(store: Store, cancelled: list[str] | None = None) -> dict:
    """What changes without an event: drinks left on the code, and how many of those taken have no name;
    whether to offer a new series; who takes long to choose; which cancelled tickets nobody has seen."""
    code, slow = qr_codes.running(store), queries.choosing_long(store).count()
    scarce = slow and (queries.somebody_waits(store) or not queries.has_room(store))
    held = qr_codes.nameless(code) if code and code.used else 0
    return {
        "store": store,
        "code": code,
        "nameless": held if code and held >= qr_codes.nameless_at_most(code) else 0,
        "slow": slow if scarce else 0,
        "offers_series": counting.offers_new_series(store),
        "struck": struck(store) if cancelled is None else cancelled,
    }


def news(store: Store, ids: Collection[str]) -> dict:
    """What the templates need to update these orders and the figures on a screen. The store must have just
    been read."""
    found = tickets(store, Menu(store, fresh=True), ids)
    return {
        "store": store,
        "ids": sorted(ids),
        "tickets": found,
        "counts": counts(store),
        "struck": struck(store) if any(ticket.order.struck for ticket in found) else [],
    }


def everything(store: Store) -> dict:
    """What the templates need for the whole screen, in a fixed number of queries."""
    on = Menu(store)
    lying = tickets(store, on)
    lanes = [Lane(status, tuple(t for t in lying if t.column == name)) for status, name in COLUMNS.items()]
    cancelled = [ticket.order.pk for ticket in lying if ticket.order.struck]
    return {"menu": on, "lanes": lanes, "counts": counts(store), **aside(store, cancelled)}
