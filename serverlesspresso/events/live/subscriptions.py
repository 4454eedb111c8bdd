"""Rooms: one topic in one language, and what of it is new. All of it runs in the hub's threads."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.utils import translation

from serverlesspresso.core.db.prepared import PreparedQuery
from serverlesspresso.events.log import publish
from serverlesspresso.events.models import Event, Stream

from .topics import Frame, Topic

if TYPE_CHECKING:
    from .hub import Socket

logger = logging.getLogger(__name__)

MAX_DELTA = 200
"""Behind by more events than this, a screen gets a snapshot."""
_log = PreparedQuery(lambda at, after: Event.objects.filter(store=at, sequence__gt=after)[: MAX_DELTA + 1])
"""What happened at a store after a head, in sequence, one more than fits."""


class TopicSubscription:
    """One topic in one language, with the sockets that listen to it here. Who changes it holds its lock."""

    def __init__(self, topic: Topic, key: str, language: str, store: str):
        self.topic, self.key, self.language, self.store = topic, key, language, store
        self.head = 0
        self.version: int | None = None
        self.last: Frame | None = None
        self.cached: tuple[int, Frame] | None = None
        self.looked = 0.0
        self.sockets: set[Socket] = set()
        self.behind: set[Socket] = set()
        self.lock = asyncio.Lock()


@dataclass(frozen=True)
class Update:
    """What a room has to be told, if anything, and of which events."""

    room: TopicSubscription
    head: int
    """What it is as new as."""
    frame: Frame | None
    events: list[Event]


def listeners(rooms: Iterable[TopicSubscription]) -> dict[str, set[int]]:
    """The keys of these rooms, and which users listen to each."""
    found: dict[str, set[int]] = defaultdict(set)
    for room in rooms:
        found[room.key] |= {socket.user_id for socket in tuple(room.sockets) if socket.user_id}
    return found


def snapshot(room: TopicSubscription) -> None:
    """Have the room's snapshot as of now in its cache."""
    looking = time.monotonic()
    if room.last is None:  # who is back need not wait for a pulse to be noticed
        room.topic.present(listeners([room]))
    # The head first, so that the rows are at least as new as the head they are sent with.
    head = publish.latest_sequence(room.store)
    if room.cached is None or room.cached[0] != head:
        room.cached = (head, _rendered(room.topic.snapshot, room))
        if room.last is None:  # the first one; afterwards the room's head is that of its slowest socket
            room.last, room.head = room.cached[1], head
    room.looked = looking


def update(
    rooms: list[TopicSubscription], orders: set[str], told: list[Event], say: Callable[[Update], object]
) -> None:
    """Say what is new in each of these rooms of one store as soon as it is rendered; `orders` changed in ways
    that the log does not record. A room whose topic fails has no news: the pulse tries again."""
    head, events = _since(min(room.head for room in rooms), rooms[0].store, told)
    for room in rooms:
        try:
            say(_news(room, head, events, orders))
        except Exception:
            logger.exception("topic %s of %s could not be told", room.topic.name, room.key)


def _since(after: int, store: str, told: list[Event]) -> tuple[int, list[Event] | None]:
    """What happened after a head: as told, if that is all there is between, else from the log."""
    new = {event.sequence: event for event in told if event.sequence > after}
    if new and sorted(new) == list(range(after + 1, after + 1 + len(new))):
        return max(new), [new[sequence] for sequence in sorted(new)]
    return _read(store, after)


def _news(room: TopicSubscription, head: int, events: list[Event] | None, orders: set[str]) -> Update:
    if events is None:
        return Update(room, head, _fresh(room, head), [])
    mine = [e for e in events if e.sequence > room.head and room.topic.concerns(room.key, e, room.last)]
    if not mine and room.key not in orders:
        return Update(room, head, None, [])
    delta = _rendered(room.topic.delta, room, mine)
    if delta is None:
        return Update(room, head, _fresh(room, head), mine)
    room.cached = None
    if delta.html and room.last:  # the screens no longer show the last snapshot, so a like one is news
        room.last = replace(room.last, html="")
    return Update(room, head, delta, mine)


def _fresh(room: TopicSubscription, head: int) -> Frame | None:
    frame = _rendered(room.topic.snapshot, room)
    same = room.last is not None and room.last.html == frame.html
    room.cached, room.last = (head, frame), frame
    return None if same else frame


def _rendered(method: Callable, room: TopicSubscription, *args):
    with translation.override(room.language):
        return method(room.key, *args)


def _read(store: str, after: int) -> tuple[int, list[Event] | None]:
    events = _log.all(store, after)
    if len(events) > MAX_DELTA:
        return publish.latest_sequence(store), None
    return (events[-1].sequence if events else after), events


def latest_sequences(stores: list[str]) -> dict[str, int]:
    """How far each store's log is."""
    return dict(Stream.objects.filter(store__in=stores).values_list("store", "sequence"))
