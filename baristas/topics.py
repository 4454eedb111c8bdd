"""The baristas' topic: one store's tickets and the state of its bar, for every tablet behind it."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence

from django.db.models import F
from django.template.loader import render_to_string

from config import lookup
from config.events import CONFIG_CHANGED
from config.models import Store
from display.models import Code
from orders import presence
from orders.events import ORDER_FINISHED, WORKFLOW_STARTED
from orders.models import Order, Status
from serverlesspresso.accounts import permissions
from serverlesspresso.core import clock
from serverlesspresso.events.live.topics import Frame, Topic, register
from serverlesspresso.events.models import Event

from . import presenters

_UNSEEN = frozenset({WORKFLOW_STARTED, ORDER_FINISHED})
"""Events that change nothing on a tablet: an order counts as coming from the scan on, choosing or not."""


class BaristaTopic(Topic):
    """Topic "barista", by the store's slug. Its frames are the same for every barista of the store."""

    name = "barista"

    def store(self, key: str) -> str | None:
        """The slug itself, if there is such a store."""
        found = lookup.current(key)
        return found.slug if found else None

    def allowed(self, user_id: int | None, key: str) -> bool:
        """Staff of the store only: tickets carry names."""
        store = lookup.current(key)
        return store is not None and permissions.is_staff(user_id, store)

    def snapshot(self, key: str) -> Frame:
        return Frame(snapshot(lookup.by_slug(key)))

    def delta(self, key: str, events: Sequence[Event]) -> Frame | None:
        """The tickets these events are about. A change of the menu may flag any ticket: a snapshot."""
        store = lookup.by_slug(key)
        if not events:
            return Frame(render_to_string("baristas/_bar_notices.html", presenters.aside(store)))
        configured = [event.data["what"] for event in events if event.type == CONFIG_CHANGED]
        if any(what != "store" for what in configured):
            return None
        html = changed(store, {event.order for event in events if event.order})
        return Frame(html + (state(store) if configured else ""))

    def concerns(self, key: str, event: Event, frame: Frame | None) -> bool:
        """All events except the start of choosing, and the settling of orders that have left the bar."""
        return event.type not in _UNSEEN

    def present(self, keys: Mapping[str, Collection[int]]) -> None:
        """Record that screens behind these bars are on."""
        presence.note(keys)

    def versions(self, keys: Collection[str]) -> dict[str, int]:
        """The code on the screens, what is left of it, who takes long to choose, and which cancelled tickets
        nobody has seen: these change without an event."""
        now = clock.now()
        running = Code.objects.filter(
            store__slug__in=keys, starts_at__lte=now, ends_at__gt=now, replaced_at=None
        )
        codes = running.annotate(slug=F("store__slug")).values_list("slug", "pk", "used")
        here = Order.objects.filter(store__slug__in=keys).order_by()
        columns = ("store__slug", "pk", "struck", "created_at", "store__customer_s")
        struck = here.filter(struck=True).values_list(*columns)
        choosing = here.filter(status=Status.CHOOSING, extensions__gt=0).values_list(*columns)
        seen: dict[str, list] = {key: [] for key in keys}
        for slug, pk, used in codes:
            seen[slug].append((pk, used))
        for slug, order, lies, since, seconds in sorted(struck.union(choosing, all=True)):
            if lies or now >= since + dt.timedelta(seconds=seconds):
                seen[slug].append(order)
        return {key: hash(tuple(what)) if what else 0 for key, what in seen.items()}


def snapshot(store: Store) -> str:
    """The whole screen as out-of-band swaps, for a socket that opens or a page that polls."""
    return render_to_string("baristas/_frame.html", presenters.everything(store))


def changed(store: Store, ids: Collection[str]) -> str:
    """Some tickets and the figures as out-of-band swaps: removed, then put where they belong."""
    return render_to_string("baristas/_delta.html", presenters.news(store, ids))


def state(store: Store) -> str:
    """Whether the bar is open or paused, as an out-of-band swap."""
    return render_to_string("baristas/_state.html", {"store": store, "counts": presenters.counts(store)})


register(BaristaTopic())
