"""What the wall shows: the invitation to scan, or why there is none, and the numbers. It names no person."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import get_language_info

from config.menu import catalog
from config.models import Store
from orders import queries, waiting_list
from orders.models import Order, Status
from serverlesspresso.core import clock
from serverlesspresso.core.db.prepared import PreparedQuery
from serverlesspresso.events.log import publish

from . import notices, qr_codes, qr_images, wall_proof
from .models import Code

numbered = PreparedQuery(lambda pk: Order.objects.filter(pk=pk, number__isnull=False))
"""The order of that id, if it has a number."""
PREPARING = (Status.QUEUED, Status.MAKING)
SHOWN = (*PREPARING, Status.READY)


@dataclass(frozen=True)
class CodePanel:
    """The large half of the wall. `state`: open (can be scanned), used_up, full, paused,
    deserted (paused by itself) or closed."""

    state: str
    code: Code | None = None
    when: str = ""
    """When the store opens, or until when last orders are taken, in its own time; empty if unknown."""
    list_code: Code | None = None
    """The code whose proof, shown while nobody can order, admits to the waiting list only."""

    @property
    def panel(self) -> str:
        """A text that changes exactly when the large half must be redrawn; the drinks left do not change
        it."""
        shown = (str(code.pk) if code else "" for code in (self.code, self.list_code))
        return "-".join(filter(None, (self.state, *shown, self.when)))

    @property
    def svg(self) -> str:
        """The QR code as an SVG element; the page marks it safe, as it holds no text."""
        return qr_images.svg(qr_images.address(self.code)) if self.code else ""

    @property
    def list_svg(self) -> str:
        """The QR code for the waiting list, likewise."""
        return qr_images.svg(qr_images.list_address(self.list_code)) if self.list_code else ""

    @property
    def list_digits(self) -> str:
        """Six digits for people who cannot scan it."""
        digits = wall_proof.digits(self.list_code) if self.list_code else ""
        return f"{digits[:3]} {digits[3:]}".strip()


def code_panel(store: Store) -> CodePanel:
    """What to tell somebody with a phone. A QR code whose scan would be refused is not shown."""
    if not store.is_open:
        return CodePanel("closed", when=store.opens_when())
    if store.is_paused:
        return CodePanel("deserted" if store.paused_by_itself else "paused")
    code, room = qr_codes.current_code(store), queries.has_room(store)
    if room and code.remaining > 0:
        return CodePanel("open", code, store.last_orders_when())
    list_code = None if waiting_list.is_full(store) else code
    if not room:
        return CodePanel("full", list_code=list_code)
    return CodePanel("used_up", code, store.last_orders_when(), list_code)


@dataclass(frozen=True)
class Row:
    """One number on the wall. `id` reveals no more than the number: the order's own id stays secret."""

    id: str
    place: int
    number: int
    drink: str
    status: str
    priority: bool = False
    called: str | None = None

    @property
    def making(self) -> bool:
        """Whether somebody is making it."""
        return self.status == Status.MAKING

    @property
    def column(self) -> str:
        """The id of the list it is in."""
        return "ready" if self.status == Status.READY else "preparing"


def row_id(order: Order) -> str:
    """The id of an order's row in the page."""
    return f"n{order.series}-{order.number}"


def drink_labels(store: Store) -> dict[str, str]:
    """The menu's labels for its drinks in the reader's language, by name. The store must have just been
    read."""
    return {drink.name: drink.label for drink in catalog.drinks(store, fresh=True)}


def rows(orders: Iterable[Order], labels: dict[str, str]) -> list[Row]:
    """The rows of orders that have a number and are on the wall."""
    return [
        Row(
            row_id(order),
            order.place,
            order.number,
            labels.get(order.drink, order.drink),
            order.status,
            order.priority,
            clock.text(order.called_at) if order.status == Status.READY else None,
        )
        for order in orders
        if order.number and order.place and order.status in SHOWN
    ]


def columns(store: Store, labels: dict[str, str]) -> dict[str, list[Row]]:
    """Both lists of the wall, each by series and number."""
    found = rows(queries.queue_of(store, *SHOWN).select_related(None), labels)
    return {name: [row for row in found if row.column == name] for name in ("preparing", "ready")}


def context(store: Store) -> dict:
    """Everything the wall shows, for its page and its frame."""
    return {
        "store": store,
        "invitation": code_panel(store),
        "columns": columns(store, drink_labels(store)),
        "overtaken": notices.sentences(store),
        "languages": languages(),
    }


def languages() -> list[tuple[str, str]]:
    """The languages a wall can show: code and own name, as on every other page."""
    known = [(code, get_language_info(code)["name_local"]) for code, _name in settings.LANGUAGES]
    return [(code, name.capitalize()) for code, name in known]


def frame(store: Store) -> str:
    """The whole wall as out-of-band swaps, without the pulse."""
    return render_to_string("display/_frame.html", context(store))


def pulse(store: Store) -> dict:
    """How fresh a page or poll answer is. The head is read first, so that the content is at least as new."""
    return {"head": publish.latest_sequence(store.slug), "at": clock.screen_time()}


def versions(slugs: Collection[str]) -> dict[str, int]:
    """By store, a number that changes with the code on the wall and with the drinks left on it.

    It also makes the next code when a window has ended, so that a wall nobody touches moves on.
    """
    open_stores = Store.objects.current().filter(slug__in=slugs, is_open=True)
    running = qr_codes.current_codes(open_stores)
    return dict.fromkeys(slugs, 0) | {slug: code.pk * 1_000_000 + code.used for slug, code in running.items()}
