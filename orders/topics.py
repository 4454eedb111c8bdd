"""Live topics of the ordering app: one order, one store's status, one store's menu."""

from collections.abc import Collection, Sequence

from django.template.loader import render_to_string

from config import lookup
from config.events import CONFIG_CHANGED
from display.models import Code
from serverlesspresso.accounts import permissions
from serverlesspresso.core import clock
from serverlesspresso.core.db.prepared import PreparedValues
from serverlesspresso.events.live.topics import Frame, Topic, register
from serverlesspresso.events.models import Event

from . import bar_presenters, events, presenters, processor, waiting_list
from .models import Order, Status, Turn

WATCHED = {
    Status.CHOOSING: frozenset({CONFIG_CHANGED}),
    Status.QUEUED: events.QUEUE_MOVES | {CONFIG_CHANGED},
}
"""Events, besides its own, that change the page of an order in each status."""
_FILLS_OR_EMPTIES = frozenset(
    {
        CONFIG_CHANGED,
        events.NEW_ORDER,
        events.SHOP_UNAVAILABLE,
        events.ORDER_COMPLETED,
        events.ORDER_RECALLED,
        events.ORDER_CANCELLED,
        events.ORDER_TIMED_OUT,
    }
)
"""Events after which a store may have opened, closed, paused, filled up or gained room."""
_store_of = PreparedValues(lambda order: Order.objects.filter(pk=order).values_list("store__slug"))


class OrderTopic(Topic):
    """One order, for its owner and the staff of its store."""

    name = "order"

    def store(self, key: str) -> str | None:
        return _store_of.first(key)

    def allowed(self, user_id: int | None, key: str) -> bool:
        if user_id is None:
            return False
        order = processor.with_people.first(key)
        if order is None:
            return False
        mine = order.customer_id == user_id and order.customer.is_active
        return mine or permissions.is_staff(user_id, order.store)

    def snapshot(self, key: str) -> Frame:
        order = processor.load(key)
        return Frame(presenters.render_order(order), WATCHED.get(Status(order.status), frozenset()))

    def delta(self, key: str, events: Sequence[Event]) -> Frame | None:
        """When other orders moved, only the place changed. Anything else is a snapshot."""
        if not events or any(event.order == key or event.type == CONFIG_CHANGED for event in events):
            return None
        order = processor.load(key)
        if order.status != Status.QUEUED:
            return None
        return Frame(presenters.render_place(order))

    def concerns(self, key: str, event: Event, frame: Frame | None) -> bool:
        return event.order == key or (frame is not None and event.type in frame.watches)

    def versions(self, keys: Collection[str]) -> dict[str, int]:
        return dict(Order.objects.filter(pk__in=keys).values_list("pk", "version"))


class SwapTopic(OrderTopic):
    """One order while its owner changes the drink: the menu as long as it waits."""

    name = "swap"

    def snapshot(self, key: str) -> Frame:
        order = processor.load(key)
        return Frame(
            presenters.render_order(order, swap=True), WATCHED.get(Status(order.status), frozenset())
        )

    def delta(self, key: str, events: Sequence[Event]) -> Frame | None:
        return None


class _StoreTopic(Topic):
    """Something about a store that anybody may see."""

    def store(self, key: str) -> str | None:
        found = lookup.current(key)
        return found.slug if found else None

    def allowed(self, user_id: int | None, key: str) -> bool:
        return True


class StoreTopic(_StoreTopic):
    """Whether a store takes orders. Thousands of phones listen, so a frame goes out only on a change."""

    name = "store"

    def snapshot(self, key: str) -> Frame:
        store = lookup.by_slug(key)
        return Frame(bar_presenters.render_store(store))

    def concerns(self, key: str, event: Event, frame: Frame | None) -> bool:
        return event.type in _FILLS_OR_EMPTIES

    def versions(self, keys: Collection[str]) -> dict[str, int]:
        """The current code: a new one has drinks again."""
        now = clock.now()
        running = Code.objects.filter(
            store__slug__in=keys, starts_at__lte=now, ends_at__gt=now, replaced_at=None
        )
        return dict.fromkeys(keys, 0) | dict(running.values_list("store__slug", "pk"))


class MenuTopic(_StoreTopic):
    """What a store offers, for reading."""

    name = "menu"

    def snapshot(self, key: str) -> Frame:
        store = lookup.by_slug(key)
        return Frame(render_to_string("orders/_store_menu.html", bar_presenters.of_menu(store)))

    def concerns(self, key: str, event: Event, frame: Frame | None) -> bool:
        return event.type == CONFIG_CHANGED


class TurnTopic(Topic):
    """Somebody's turn on a waiting list. Its key is secret, so whoever knows it may listen."""

    name = "turn"

    def store(self, key: str) -> str | None:
        return Turn.objects.filter(pk=key).values_list("store__slug", flat=True).first()

    def allowed(self, user_id: int | None, key: str) -> bool:
        return Turn.objects.filter(pk=key).exists()

    def snapshot(self, key: str) -> Frame:
        return Frame(bar_presenters.render_turn(key))

    def concerns(self, key: str, event: Event, frame: Frame | None) -> bool:
        return event.type == CONFIG_CHANGED

    def versions(self, keys: Collection[str]) -> dict[str, int]:
        """How many people are ahead, and what became of them."""
        turns = Turn.objects.filter(pk__in=keys).select_related("store")
        return {turn.pk: 3 * waiting_list.before(turn) + waiting_list.stage(turn) for turn in turns}


TURN = register(TurnTopic())
ORDER, SWAP = register(OrderTopic()), register(SwapTopic())
STORE, MENU = register(StoreTopic()), register(MenuTopic())
