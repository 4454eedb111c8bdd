"""Topics of the display: "board", one per store."""

from collections.abc import Collection, Sequence

from django.template.loader import render_to_string
from django.utils.translation import get_language

from config import lookup
from config.events import CONFIG_CHANGED
from orders.events import ORDER_FINISHED, WORKFLOW_STARTED
from serverlesspresso.accounts.permissions import READ_BOARD, role_at
from serverlesspresso.events.live.topics import Frame, Topic, register
from serverlesspresso.events.models import Event

from . import notices, wall

_UNSEEN = frozenset({WORKFLOW_STARTED, ORDER_FINISHED})
"""Events that change nothing on the wall."""


class WallTopic(Topic):
    """The wall of a store. Its key is the store's slug.

    A delta carries the changed rows and the drinks left, and the QR code only if it changed since the last
    delta. A page that misses one sees that the two halves do not match, and asks (display.js).
    """

    name = "board"

    def __init__(self):
        self._panels: dict[tuple[str, str | None], str] = {}
        self._labels: dict[tuple[str, str | None], dict[str, str]] = {}

    def store(self, key: str) -> str | None:
        """The store itself, unless it is archived."""
        store = lookup.current(key)
        return store.slug if store else None

    def allowed(self, user_id: int | None, key: str) -> bool:
        """Displays, baristas and managers of the store."""
        store = lookup.current(key)
        return store is not None and role_at(user_id, store) in READ_BOARD

    def snapshot(self, key: str) -> Frame:
        return Frame(wall.frame(lookup.by_slug(key)))

    def concerns(self, key: str, event: Event, frame: Frame | None) -> bool:
        """All events except those that only the customer's phone shows."""
        return event.type not in _UNSEEN

    def delta(self, key: str, events: Sequence[Event]) -> Frame:
        """The current rows of the events' orders, and whatever else changed."""
        store = lookup.by_slug(key)
        labels = wall.drink_labels(store)
        invitation = wall.code_panel(store)
        view, configured = (key, get_language()), any(e.type == CONFIG_CHANGED for e in events)
        moved = [order for each in {e.order for e in events if e.order} for order in wall.numbered.all(each)]
        context = {
            "store": store,
            "invitation": invitation,
            "new_panel": self._panels.get(view) != invitation.panel,
            "new_name": configured,
            "overtaken": notices.sentences(store),
            "gone": [wall.row_id(order) for order in moved],
            "rows": wall.rows(moved, labels),
        }
        if configured and self._labels.get(view) != labels:
            context |= {"columns": wall.columns(store, labels)}  # a drink has another label now
        self._panels[view], self._labels[view] = invitation.panel, labels
        return Frame(render_to_string("display/_delta.html", context))

    def versions(self, keys: Collection[str]) -> dict[str, int]:
        """The code on the wall, and what is left of it."""
        return wall.versions(keys)


BOARD = register(WallTopic())
