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

from . import topics
from .revoked_sessions import revoked
from .subscriptions import TopicSubscription, Update, latest_sequences, listeners, snapshot, updates_for
from .topics import Topic

logger = logging.getLogger(__name__)

PULSE_S = 8
"""Every so often each screen learns the head from the database: a silently lost hint is healed by then."""
RECHECK_PULSES = 4
"""Rights are asked again every fourth pulse, that is about every 30 seconds."""
TOGETHER = 8
"""So many rooms of a store are brought up to date in one visit to the database, the fullest first."""


class Socket(Protocol):
    """What the hub needs of a socket."""

    user_id: int | None
    session: str | None

    def offer(self, frame: str) -> bool:
        """Queue a frame, never waiting; False when the socket is too slow and must get a snapshot."""

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
            socket.offer(await self._snapshot(room, asked))
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

    async def _snapshot(self, room: TopicSubscription, asked: float) -> str:
        """The whole thing as it was at `asked` (monotonic seconds) or later: who waited for it while another
        was given one takes the same, so that a thousand phones that come back at once ask once."""
        if room.cached is None or room.looked < asked:
            await self.run(snapshot, room)
        # Labelled with the room's head, which may be a moment older: what follows is labelled with it too,
        # and a screen's head must never go back.
        return self._frame(room.cached[1].html, room) if room.cached else ""

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
        async with AsyncExitStack() as held:
            for room in rooms:
                await held.enter_async_context(room.lock)
            head, found = await self.run(updates_for, rooms, orders, told)
            for news in found:
                news.room.head = max(news.room.head, head)
                self._say(news)
                await self._catch_up(news.room)

    def _say(self, news: Update) -> None:
        if news.frame is not None and news.frame.html:
            self._relay(news.room, self._frame(news.frame.html, news.room))
            for event in news.events:
                metrics.observe_delivery(news.room.topic.name, event.at)

    def _relay(self, room: TopicSubscription, text: str) -> None:
        for socket in room.sockets:
            if not socket.offer(text):
                room.behind.add(socket)

    async def _catch_up(self, room: TopicSubscription) -> None:
        for socket in list(room.behind):
            room.behind.discard(socket)
            if not socket.offer(await self._snapshot(room, time.monotonic())):
                room.behind.add(socket)

    async def _dress(self, store: str) -> None:
        """Tell every screen of a store at once that pages are made from something else now."""
        before = self.marks.get(store)
        self.marks |= await self.run(topics.dress.marks, [store])
        if before not in (None, self.marks.get(store)):
            for room in [room for room in self.by_store.get(store, ()) if room.last]:
                self._relay(room, self._frame("", room))

    def _frame(self, html: str, room: TopicSubscription) -> str:
        beat = {"head": room.head, "at": clock.screen_time(), "mark": self.marks.get(room.store), "oob": True}
        return html + render_to_string("_pulse.html", beat)

    # -- the pulse -----------------------------------------------------------------------------

    async def pulse(self) -> None:
        """Learn every open store's head and every open thing's version; tell screens how fresh they are."""
        at = await self.run(latest_sequences, list(self.by_store))
        self.marks = await self.run(topics.dress.marks, list(self.by_store))
        for store, rooms in list(self.by_store.items()):
            if any(room.head < at.get(store, 0) or room.behind for room in rooms):
                self.hear(store, None)
        for topic in {room.topic for room in self.rooms.values()}:
            mine = [room for room in self.rooms.values() if room.topic is topic]
            await self.run(topic.present, listeners(mine))
            versions = await self.run(topic.versions, {room.key for room in mine})
            for room in mine:
                version = versions.get(room.key)
                if room.version not in (None, version):
                    self.hear(room.store, room.key)
                room.version = version
        for room in list(self.rooms.values()):
            if room.last:  # whoever is just joining gets a head with the snapshot, and no 0 before
                self._relay(room, self._frame("", room))

    async def recheck(self, user: int | None = None, session: str | None = None) -> None:
        """Ask again whether sockets may listen (all, or one user's); expel those of an ended session."""
        places = [(room, socket) for room in list(self.rooms.values()) for socket in list(room.sockets)]
        if session is not None:
            gone = {socket for _room, socket in places if socket.session == session}
        else:
            places = [(room, socket) for room, socket in places if user in (None, socket.user_id)]
            gone = await self._signed_out([socket for _room, socket in places])
        for socket in gone:
            socket.expel()
        for room, socket in places:
            if session is None and socket not in gone:
                await self._ask(room, socket)

    async def _signed_out(self, sockets: list[Socket]) -> set[Socket]:
        """Those whose sign-in ended or ran out, noticed or not."""
        asked = {(each.session, each.user_id) for each in sockets if each.session and each.user_id}
        gone = await self.run(revoked, asked) if asked else set()
        return {each for each in sockets if (each.session, each.user_id) in gone}

    async def _ask(self, room: TopicSubscription, socket: Socket) -> None:
        if not await self.run(room.topic.allowed, socket.user_id, room.key):
            socket.expel()

    async def _beat(self) -> None:
        count = 0
        while True:
            await asyncio.sleep(PULSE_S)
            try:
                count += 1
                await self.pulse()
                if count % RECHECK_PULSES == 0:
                    await self.recheck()
            except Exception as error:
                logger.warning("no pulse, the database did not answer: %s", error)

    # -- the one subscription ------------------------------------------------------------------

    def _start(self) -> None:
        if not self.tasks:
            self.tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._beat())]

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
