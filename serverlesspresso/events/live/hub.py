"""The hub: one per process. It hears hints, reads the log, renders each topic once per language and
relays the ready frame to the sockets here.

Why not a plain consumer per socket in the layer's groups: Channels hops to a thread for each message and
socket, which collapses when hundreds of phones hear everything. See docs/explanation/decisions.md.
"""

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from typing import Protocol

from channels.layers import get_channel_layer
from django.conf import settings
from django.db import close_old_connections
from django.template.loader import render_to_string

from serverlesspresso.core import clock, metrics
from serverlesspresso.events.after_commit import GROUP
from serverlesspresso.events.models import Event
from serverlesspresso.server.garbage import garbage

from . import pulse, rights, topics
from .messages import Message
from .subscriptions import TopicSubscription, Update, snapshot, update
from .topics import Topic

logger = logging.getLogger(__name__)

TOGETHER = 8
"""So many rooms of a store are brought up to date in one visit to the database, the fullest first."""


class Socket(Protocol):
    """What the hub needs of a socket."""

    user_id: int | None
    session: str | None

    told_at: float
    """When it was last offered something (monotonic seconds)."""

    def offer(self, message: Message) -> bool:
        """Send or queue a message without waiting; False when the socket is too slow and needs a snapshot."""

    def expel(self) -> None:
        """Close the socket for good."""


class Hub:
    """Rooms by topic, key and language; a feed task per store; one subscription to the channel layer."""

    def __init__(self):
        self.rooms: dict[tuple[str, str, str], TopicSubscription] = {}
        self.by_store: dict[str, set[TopicSubscription]] = defaultdict(set)
        self.touched: dict[str, set[str]] = defaultdict(set)
        self.told: dict[str, list[Event]] = defaultdict(list)
        self.marks: dict[str, str] = {}
        self.feeds: dict[str, asyncio.Task] = {}
        self.tasks: list[asyncio.Task] = []
        self.threads = ThreadPoolExecutor(settings.HUB_THREADS, "hub")

    # -- subscribing ---------------------------------------------------------------------------

    async def join(self, socket: Socket, topic: Topic, key: str, language: str) -> bool:
        """Add a socket to a topic and offer it a snapshot; False if there is no such thing."""
        self._start()
        room = self.rooms.get((topic.name, key, language))
        if room is None:
            store = await self.run(topic.store, key)
            if store is None:
                return False
            room = self._open((topic.name, key, language), TopicSubscription(topic, key, language, store))
        if socket not in room.sockets:
            room.sockets.add(socket)  # before the snapshot, so that nothing in between is missed
            metrics.listening(topic.name, 1)
        asked = time.monotonic()
        async with room.lock:
            self.offer(room, socket, await self._snapshot(room, asked))
        garbage.work()
        return True

    def leave(self, socket: Socket) -> None:
        """Forget a socket; a room without sockets goes too."""
        for place, room in list(self.rooms.items()):
            room.behind.discard(socket)
            if socket in room.sockets:
                room.sockets.remove(socket)
                metrics.listening(room.topic.name, -1)
            if not room.sockets:
                self.by_store[room.store].discard(room)
                del self.rooms[place]
                metrics.rooms(room.topic.name, -1)

    def _open(self, place: tuple[str, str, str], fresh: TopicSubscription) -> TopicSubscription:
        """The room of that place: this new one, unless somebody was first."""
        room = self.rooms.setdefault(place, fresh)
        if room is fresh:
            self.by_store[room.store].add(room)
            metrics.rooms(room.topic.name, 1)
        return room

    async def _snapshot(self, room: TopicSubscription, asked: float) -> Message:
        """The whole thing as it was at `asked` (monotonic seconds) or later: who waited for it while another
        was given one takes the same, so that a thousand phones that come back at once ask once."""
        if room.cached is None or room.looked < asked:
            await self.run(snapshot, room)
        # Labelled with the room's head, which may be a moment older: what follows is labelled with it too,
        # and a screen's head must never go back.
        return self.message(room.cached[1].html if room.cached else "", room)

    # -- hearing and relaying ------------------------------------------------------------------

    def hear(self, store: str, order: str | None, fact: dict | None = None) -> None:
        """A hint: bring this store's screens here up to date soon. Hints in between are one; the log is read
        unless they came with every fact that is new. What brings no fact is about one thing that is shown: it
        is for those here who look at that, and mostly nobody does."""
        rooms = self.by_store.get(store)
        if not rooms or (order and not fact and all(room.key != order for room in rooms)):
            return
        self.touched[store].add(order or "")
        if fact:
            self.told[store].append(Event.of(fact))
        if store not in self.feeds:
            self.feeds[store] = asyncio.create_task(self._feed(store))

    async def _feed(self, store: str) -> None:
        try:
            while orders := self.touched.pop(store, None):
                told = self.told.pop(store, [])
                await self._refresh(store, orders, told)
                if any(event.type == topics.dress.changed_by for event in told):
                    await self._dress(store)
        except Exception:
            logger.exception("screens of %s could not be told; the pulse will try again", store)
        finally:
            self.feeds.pop(store, None)

    async def _refresh(self, store: str, orders: set[str], told: list[Event]) -> None:
        begun = [room for room in self.by_store.get(store, ()) if room.last]  # others are just being joined
        rooms = sorted(begun, key=lambda room: -len(room.sockets))
        for start in range(0, len(rooms), TOGETHER):
            await self._update(rooms[start : start + TOGETHER], orders, told)

    async def _update(self, rooms: list[TopicSubscription], orders: set[str], told: list[Event]) -> None:
        loop = asyncio.get_running_loop()

        def say(news: Update) -> None:  # in the hub's thread: who is rendered is told, before the next one is
            loop.call_soon_threadsafe(self._say, news)

        async with AsyncExitStack() as held:
            for room in rooms:
                await held.enter_async_context(room.lock)
            await self.run(update, rooms, orders, told, say)
            for room in rooms:
                await self._catch_up(room)

    def _say(self, news: Update) -> None:
        room = news.room
        room.head = max(room.head, news.head)
        if news.frame is not None and news.frame.html:
            self._relay(room, self.message(news.frame.html, room))
            for event in news.events:
                metrics.observe_delivery(room.topic.name, event.at)

    def _relay(self, room: TopicSubscription, message: Message) -> None:
        for socket in room.sockets:
            self.offer(room, socket, message)

    def offer(self, room: TopicSubscription, socket: Socket, message: Message) -> None:
        """Give a message to a socket of a room; one that is too slow gets a snapshot later."""
        socket.told_at = time.monotonic()
        if not socket.offer(message):
            room.behind.add(socket)

    async def _catch_up(self, room: TopicSubscription) -> None:
        for socket in list(room.behind):
            room.behind.discard(socket)
            self.offer(room, socket, await self._snapshot(room, time.monotonic()))

    async def _dress(self, store: str) -> None:
        """Tell every screen of a store at once that pages are made from something else now."""
        before = self.marks.get(store)
        self.marks |= await self.run(topics.dress.marks, [store])
        if before not in (None, self.marks.get(store)):
            for room in [room for room in self.by_store.get(store, ()) if room.last]:
                self._relay(room, self.message("", room))

    def message(self, html: str, room: TopicSubscription) -> Message:
        """A frame with a pulse: how fresh it is, and what pages are made from now."""
        beat = {"head": room.head, "at": clock.screen_time(), "mark": self.marks.get(room.store), "oob": True}
        return Message(html + render_to_string("_pulse.html", beat))

    async def pulse(self, over_s: float = 0) -> None:
        """See `pulse.pulse`."""
        await pulse.pulse(self, over_s)

    async def recheck(self, user: int | None = None, session: str | None = None) -> None:
        """See `rights.recheck`."""
        await rights.recheck(self, user, session)

    # -- the one subscription ------------------------------------------------------------------

    def _start(self) -> None:
        if not self.tasks:
            self.tasks = [asyncio.create_task(self._listen()), asyncio.create_task(pulse.keep(self))]

    async def _listen(self) -> None:
        while True:
            try:
                layer = get_channel_layer()
                channel = await layer.new_channel()
                await layer.group_add(GROUP, channel)
                while True:
                    await self._take(await layer.receive(channel))
            except Exception as error:
                logger.warning("no hints, the channel layer did not answer: %s", error)
                await asyncio.sleep(1)

    async def _take(self, message: dict) -> None:
        for hint in message["hints"]:
            if "expel" in hint:
                await self.recheck(user=hint["user"], session=hint["session"])
            else:
                self.hear(hint["store"], hint["order"], hint["fact"])

    async def stop(self) -> None:
        """End the hub's tasks and threads. For tests and shutdown."""
        for task in [*self.tasks, *self.feeds.values()]:
            task.cancel()
        self.threads.shutdown(wait=False)

    async def run(self, function: Callable, *args):
        """Call a function that uses the database in one of the hub's threads."""
        return await asyncio.get_running_loop().run_in_executor(self.threads, _safely, function, *args)


def _safely(function: Callable, *args):
    try:
        return function(*args)
    finally:
        close_old_connections()  # to the pool, if there is one; a broken one is not kept


_hubs: dict[asyncio.AbstractEventLoop, Hub] = {}


def hub() -> Hub:
    """The hub of the running event loop."""
    loop = asyncio.get_running_loop()
    for other in [each for each in _hubs if each.is_closed()]:
        del _hubs[other]
    if loop not in _hubs:
        _hubs[loop] = Hub()
    return _hubs[loop]
