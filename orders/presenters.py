"""What the pages and frames of the ordering app show: the same for page, HTMX answer and socket.

Nothing here knows who is looking: one frame goes to everybody who may see it.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db.models import Model
from django.template.loader import render_to_string
from django.utils import timezone

from config.menu import catalog
from config.models import Drink, ModifierGroup
from serverlesspresso.accounts.identity import Person
from serverlesspresso.core import clock
from serverlesspresso.events.log import publish

from . import admission, deadlines, processor, queries, reasons, wait_times
from .favourites import usual_of
from .models import Order, Status

_BODIES = {
    Status.VALIDATING: "orders/_checking.html",
    Status.CHOOSING: "orders/_choosing.html",
    Status.SUBMITTED: "orders/_checking.html",
    Status.QUEUED: "orders/_waiting.html",
    Status.MAKING: "orders/_making.html",
    Status.READY: "orders/_ready.html",
}
_STEPS = {Status.QUEUED: 1, Status.MAKING: 2, Status.READY: 3, Status.COLLECTED: 4}


@dataclass(frozen=True)
class Choice:
    """An option of a drink as a form offers it."""

    name: str
    label: str
    available: bool
    checked: bool


@dataclass(frozen=True)
class Choices:
    """A modifier group of one drink; `field` differs per drink, so that a hidden drink's milk is not sent."""

    label: str
    field: str
    single: bool
    least: int
    """The least number that must be chosen."""
    may_be_none: bool
    options: list[Choice]

    @property
    def none_checked(self) -> bool:
        """Whether choosing none is the current choice."""
        return not any(option.checked for option in self.options)


@dataclass(frozen=True)
class Offer:
    """A drink as a form offers it."""

    pk: int
    name: str
    label: str
    icon: str
    available: bool
    checked: bool
    groups: list[Choices]


def field_name(drink: Model, group: Model) -> str:
    """The form field of a drink's modifier group."""
    return f"options-{drink.pk}-{group.pk}"


def offers(drinks: Iterable[Drink], chosen: str = "", modifiers: Collection[str] = ()) -> list[Offer]:
    """The menu as a form, with the earlier choice; in a group that needs one, the first option is chosen.

    If a chosen option has run out, nothing is chosen instead: a person who ordered oat milk may not tolerate
    another.
    """
    drinks = list(drinks)
    options = (o for drink in drinks for group in drink.groups.all() for o in group.options.all())
    gone = {option.name for option in options if option.name in modifiers and not option.available}
    return [_offer(drink, drink.name == chosen, modifiers, gone) for drink in drinks]


def _offer(drink: Drink, checked: bool, modifiers: Collection[str], gone: Collection[str]) -> Offer:
    groups = list(drink.groups.all())
    had = all(sum(o.available for o in group.options.all()) >= group.min for group in groups)
    choices = [_choices(drink, group, modifiers if checked else (), gone) for group in groups]
    available = drink.available and had
    return Offer(drink.pk, drink.name, drink.label, drink.icon, available, checked and available, choices)


def _choices(
    drink: Drink, group: ModifierGroup, modifiers: Collection[str], gone: Collection[str]
) -> Choices:
    options = list(group.options.all())
    picked = [o.name for o in options if o.available and o.name in modifiers][: group.max]
    if len(picked) < group.min and not any(o.name in gone for o in options):
        picked += [o.name for o in options if o.available and o.name not in picked][: group.min - len(picked)]
    return Choices(
        label=group.label,
        field=field_name(drink, group),
        single=group.max == 1,
        least=group.min,
        may_be_none=group.min == 0 and group.max == 1,
        options=[Choice(o.name, o.label, o.available, o.name in picked) for o in options],
    )


class Labels:
    """What drinks and options are called in the reader's language: two queries for any number of orders."""

    def __init__(self, drinks: Iterable[Drink]):
        self._drinks = {(drink.store_id, drink.name): drink for drink in drinks}

    @classmethod
    def at(cls, stores: Collection[int]) -> "Labels":
        """The labels for orders at these stores."""
        return cls(Drink.objects.filter(store__in=stores).prefetch_related("groups__options"))

    def icon(self, order: Order) -> str:
        """The drink's icon; a cup if it has left the menu."""
        drink = self._drinks.get((order.store_id, order.drink))
        return drink.icon if drink else "cup"

    def drink(self, order: Order) -> str:
        """The drink's label; its name if it has left the menu."""
        drink = self._drinks.get((order.store_id, order.drink))
        return drink.label if drink else order.drink

    def modifiers(self, order: Order) -> list[str]:
        """What the chosen options are called."""
        drink = self._drinks.get((order.store_id, order.drink))
        groups = drink.groups.all() if drink else ()
        labels = {option.name: option.label for group in groups for option in group.options.all()}
        return [labels.get(name, name) for name in order.modifiers]


def of_order(
    order: Order, *, swap: bool = False, drink: str | None = None, modifiers: Collection[str] = ()
) -> dict:
    """All that `_order.html` shows; with `swap` the menu of a waiting order, to change the drink.

    `drink` and `modifiers` are the choice of a refused form.
    """
    drinks = catalog.drinks(order.store)
    labels = Labels(drinks)
    context = {
        "order": order,
        "store": order.store,
        "body": _BODIES.get(Status(order.status), "orders/_finished.html"),
        "label": labels.drink(order),
        "modifiers": labels.modifiers(order),
        "icon": labels.icon(order),
        "reason": reasons.text_of(order),
        "step": _STEPS.get(Status(order.status), 0),
        "digits": len(str(order.number or "")),
    }
    swap = swap and order.status == Status.QUEUED
    if order.status == Status.CHOOSING or swap:
        ran_out = catalog.ran_out(order.drink, order.modifiers, drinks) if swap else []
        before = ("" if ran_out else order.drink, order.modifiers)
        chosen = before if drink is None else (drink, modifiers)
        context |= {"offers": offers(drinks, *chosen), "swap": swap, "ran_out": ran_out}
        context["body"] = _BODIES[Status.CHOOSING]
        context |= {"more_time": deadlines.more_time(order), **_of_usual(order, drinks, labels)}
    elif order.status == Status.QUEUED:
        context |= of_place(order)
        context["ran_out"] = catalog.ran_out(order.drink, order.modifiers, drinks)
    elif order.is_terminal:
        context["says_scan"] = order.status == Status.COLLECTED or order.reason in reasons.SAY_SCAN_AGAIN
        context["next_at"] = admission.next_drink(order.store, Person(order.customer, order.browser))
    return context


def _of_usual(order: Order, drinks: Collection[Drink], labels: "Labels") -> dict:
    """The owner's usual, in words, to order with one tap; nothing once the order waits."""
    choice = usual_of(order, drinks) if order.status == Status.CHOOSING else None
    if choice is None:
        return {}
    again = Order(store=order.store, drink=choice.drink, modifiers=list(choice.modifiers))
    return {"usual": ", ".join((labels.drink(again), *labels.modifiers(again)))}


def of_place(order: Order) -> dict:
    """Where a waiting order stands, and the range in which it is expected, if known: all that `_place.html`
    shows."""
    place = queries.position(order)
    wait = wait_times.wait(order.store, place)
    shown: dict = {"order": order, "ahead": place - 1 if place else None}
    if wait:
        start, end = wait.between(clock.now())
        earliest, latest = wait.minutes
        shown |= {"from_at": start, "to_at": end, "earliest": earliest, "latest": latest}
    return shown


def render_place(order: Order) -> str:
    """Where a waiting order stands as a fragment, in the store's time."""
    with timezone.override(order.store.zone):
        return render_to_string("orders/_place.html", of_place(order) | {"oob": True})


def render_order(order: Order, **more) -> str:
    """The whole order as one fragment, in the store's time; `more` as for `of_order`."""
    with timezone.override(order.store.zone):
        return render_to_string("orders/_order.html", of_order(order, **more))


def poll_of_order(order_id: str, **more) -> str:
    """What the order's socket would send now, for a browser that asks over HTTP; `more` as for `of_order`."""
    slug = processor.load(order_id).store.slug
    head = publish.latest_sequence(
        slug
    )  # before the rows are read, so that they are at least as new as the head sent with them
    return render_order(processor.load(order_id), **more) + pulse(head)


def pulse(head: int) -> str:
    """How fresh the accompanying content is."""
    return render_to_string("_pulse.html", {"head": head, "at": clock.screen_time()})


def history(orders: Iterable[Order]) -> list[dict]:
    """Orders as lines of a list, newest first as given."""
    orders = list(orders)
    labels = Labels.at({order.store_id for order in orders})
    return [
        {
            "order": order,
            "label": labels.drink(order),
            "modifiers": labels.modifiers(order),
            "icon": labels.icon(order),
        }
        for order in orders
    ]
