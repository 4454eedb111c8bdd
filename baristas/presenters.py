"""What a tablet shows: tickets in three columns, and the state of the bar. No writing here."""

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
"""The columns, in the order a drink passes through them."""
TAPS = {Status.QUEUED: "make", Status.MAKING: "complete", Status.READY: "collect"}
"""What tapping a ticket does: two taps a drink, and a third when it is handed over."""


@dataclass(frozen=True)
class Tag:
    """A chosen option; `special` when it is not what a barista would reach for without reading."""

    label: str
    special: bool


@dataclass(frozen=True)
class Ticket:
    """An order as it lies on the bar. Nothing in it depends on who reads it."""

    order: Order
    drink: str
    tags: tuple[Tag, ...]
    sold_out: str
    """Since when its owner is asked what to have instead, RFC 3339 in UTC; empty unless it ran out."""

    milk: str
    """What was chosen of the drink's first required choice, such as the milk; drinks alike in it go well
    together."""

    @property
    def column(self) -> str:
        """Where it lies; when it was cancelled, where it lay."""
        order = self.order
        if order.struck:
            return COLUMNS[
                Status.READY if order.completed_at else Status.MAKING if order.claimed_at else Status.QUEUED
            ]
        return COLUMNS[Status(order.status)]

    @property
    def tap(self) -> str:
        """The act of tapping it."""
        return TAPS[Status(self.order.status)]

    @property
    def since(self) -> str | None:
        """Since when somebody waits for it, or since when it stands ready and cools: RFC 3339 in UTC."""
        order = self.order
        return clock.text(order.completed_at if order.status == Status.READY else order.queued_at)


@dataclass(frozen=True)
class Lane:
    """A column with what lies in it."""

    status: Status
    tickets: tuple[Ticket, ...]

    @property
    def name(self) -> str:
        """What its element is called."""
        return COLUMNS[self.status]

    @property
    def title(self) -> str:
        """What is written over it."""
        return {
            Status.QUEUED: pgettext("lane", "Waiting"),
            Status.MAKING: pgettext("lane", "Making"),
            Status.READY: pgettext("lane", "Ready"),
        }[self.status]

    @property
    def empty(self) -> str:
        """What stands in it while nothing lies there."""
        return {
            Status.QUEUED: _("Nobody is waiting."),
            Status.MAKING: _("Tap a waiting ticket to make it."),
            Status.READY: _("Nothing to pick up."),
        }[self.status]


class Menu:
    """A store's menu, read once for however many tickets. `fresh` is as in `menu.drinks`."""

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
        """An order in the words of this menu; what is no longer on it keeps the name it was ordered by."""
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
        """What is chosen beforehand: of a group with exactly one choice, the first option there is."""
        groups = [
            group for drink in self.drinks for group in drink.groups.all() if group.min == group.max == 1
        ]
        firsts = (next((o.pk for o in group.options.all() if o.available), None) for group in groups)
        return {pk for pk in firsts if pk}

    def options(self) -> list[tuple[Drink, Option]]:
        """Each option once, with a drink that comes with it, in the order of the menu."""
        first: dict[int, tuple[Drink, Option]] = {}
        for drink in self.drinks:
            for group in drink.groups.all():
                for option in group.options.all():
                    first.setdefault(option.pk, (drink, option))
        return list(first.values())


def tickets(store: Store, on: Menu, ids: Collection[str] | None = None) -> list[Ticket]:
    """What lies on the bar (of these orders), cancelled ones too, by series and number."""
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
    """The orders with these ids: composed for each number of them, which is seldom more than a few."""
    return PreparedQuery(
        lambda store, *ids: _orders(store).filter(_HERE, pk__in=ids).order_by("place", "number"),
        places=number + 1,
    )


def struck(store: Store) -> list[str]:
    """The cancelled orders that nobody has seen yet: a screen takes any other struck ticket away."""
    return sorted(Order.objects.filter(store=store, struck=True).values_list("pk", flat=True))


@dataclass(frozen=True)
class Counts:
    """How many orders are where, and since when nobody touched the queue (RFC 3339 in UTC)."""

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
    """What changes without an event: the drinks left on the code, and how many of those taken have no name;
    whether to begin numbers anew; who chooses for long; which cancelled tickets nobody has seen."""
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
    """What the templates need to bring these orders, and the figures, up to date on a screen. The store was
    read this moment."""
    found = tickets(store, Menu(store, fresh=True), ids)
    return {
        "store": store,
        "ids": sorted(ids),
        "tickets": found,
        "counts": counts(store),
        "struck": struck(store) if any(ticket.order.struck for ticket in found) else [],
    }


def everything(store: Store) -> dict:
    """What the templates need for the whole screen: as many queries for one order as for a hundred."""
    on = Menu(store)
    lying = tickets(store, on)
    lanes = [Lane(status, tuple(t for t in lying if t.column == name)) for status, name in COLUMNS.items()]
    cancelled = [ticket.order.pk for ticket in lying if ticket.order.struck]
    return {"menu": on, "lanes": lanes, "counts": counts(store), **aside(store, cancelled)}
