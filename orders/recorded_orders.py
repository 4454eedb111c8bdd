"""Orders of a recording: rows that a player makes and moves, so that every screen shows them."""

from django.utils.translation import gettext as _

from config.events import CONFIG_CHANGED
from config.models import Store
from serverlesspresso.core import clock
from serverlesspresso.core.errors import Refusal
from serverlesspresso.events.log.publish import publish

from . import counting, processor
from .models import TERMINAL, Order, Status


class RecordedOrders:
    """The orders of a store made for recordings; raises Refusal for any other store.

    They may be put into any status, outside the table of moves; no clock or chain runs for them. Call it in a
    transaction.
    """

    def __init__(self, store: Store):
        if store.kind != Store.Kind.RECORDING:
            text = _("%(store)s is not a store for recordings. Choose another; nothing was changed.")
            raise Refusal(text % {"store": store.slug}, code="not_a_recording")
        self.store = store

    def lock(self) -> None:
        """Make everybody else who numbers orders here wait until the transaction ends."""
        counting.lock_queue(self.store)

    def unfinished(self) -> list[Order]:
        """The orders that have not ended."""
        orders = Order.objects.filter(store=self.store).exclude(status__in=TERMINAL)
        return list(orders.select_related("store"))

    def create(self, source: str | None) -> Order:
        """Make an order with this source; a scan if the source is unknown."""
        now = clock.now()
        order = Order.objects.create(
            store=self.store,
            source=source if source in Order.Source.values else Order.Source.SCAN,
            scan_day=self.store.local_day(now),
            created_at=now,
            moved_at=now,
            settled_at=now,
        )
        return processor.load(order.pk)

    def find(self, order_id: str) -> Order | None:
        """One of the orders as of now; None if it is missing, as when its making was undone."""
        here = Order.objects.filter(pk=order_id, store=self.store)
        return processor.load(order_id) if here.exists() else None

    def move(self, order: Order, status: Status, **columns) -> Order:
        """Put the order into that status, and set these columns."""
        return processor.record(order, status, now=clock.now(), **columns)

    def start_series(self) -> int:
        """Begin a new series of numbers."""
        return counting.start_series(self.store).series

    def number(self, series: int, wanted: int | None) -> dict:
        """The columns of a number in a series: the wanted one, or the next if that is None or taken."""
        given = Order.objects.filter(store=self.store, series=series)
        highest = given.order_by("-number").values_list("number", flat=True).first() or 0
        number = highest + 1 if wanted is None or given.filter(number=wanted).exists() else wanted
        queue = counting.lock_queue(self.store)
        queue.last_number = max(highest, number) if queue.series == series else queue.last_number
        queue.save(update_fields=["last_number"])
        return {"series": series, "number": number, "place": counting.place(series, number)}

    def tell(self, type: str, order: Order, **facts) -> None:
        """Write an event of an order to the log, from the order's fields and these facts. Raises ValueError
        if they do not match the catalogue."""
        processor.tell(type, order, at=clock.now(), **facts)

    def settle(self, order: Order) -> bool:
        """Record that its last event was published; False if it already was."""
        last = Order.objects.filter(pk=order.pk, store=self.store).exclude(last_command="finished")
        return bool(last.update(last_command="finished"))

    def configure(self, what: str, *, is_open: bool | None, paused: bool | None) -> None:
        """Open, close or pause the store (None: leave as it is), and record it in the log."""
        store = Store.objects.get(pk=self.store.pk)
        is_open = store.is_open if is_open is None else is_open
        paused = store.is_paused if paused is None else paused
        paused_at = (store.paused_at or clock.now()) if paused else None
        Store.objects.filter(pk=store.pk).update(is_open=is_open, paused_at=paused_at)
        publish(CONFIG_CHANGED, store=store.slug, what=what, open=is_open, paused=paused)
