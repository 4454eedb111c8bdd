"""The pulse: now and then the hub asks the database what it missed, and tells each screen how fresh it is."""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
from typing import TYPE_CHECKING

from . import topics
from .subscriptions import latest_sequences, listeners

if TYPE_CHECKING:
    from .hub import Hub
    from .messages import Message
    from .subscriptions import TopicSubscription

logger = logging.getLogger(__name__)

PULSE_S = 8
"""The head is read from the database this often: a silently lost hint is healed by then."""
AT_ONCE = 50
"""Sockets told in one turn of the event loop. A thousand would hold up everybody for 50 to 150 ms."""
RECHECK_PULSES = 4
"""Rights are asked again every fourth pulse, that is about every 30 seconds."""


async def keep(hub: Hub) -> None:
    """Beat for as long as the hub lives."""
    await asyncio.sleep(PULSE_S)
    for count in itertools.count(1):
        until = time.monotonic() + PULSE_S
        try:
            await pulse(hub, PULSE_S)
            if count % RECHECK_PULSES == 0:
                await hub.recheck()
        except Exception as error:
            logger.warning("no pulse, the database did not answer: %s", error)
        await asyncio.sleep(until - time.monotonic())


async def pulse(hub: Hub, over_s: float = 0) -> None:
    """Learn every open store's head and every open thing's version; then tell each screen how fresh it is,
    spread over so many seconds."""
    await _look(hub)
    await _tell(hub, over_s)


async def _look(hub: Hub) -> None:
    at = await hub.run(latest_sequences, list(hub.by_store))
    hub.marks = await hub.run(topics.dress.marks, list(hub.by_store))
    for store, rooms in list(hub.by_store.items()):
        if any(room.head < at.get(store, 0) or room.behind for room in rooms):
            hub.hear(store, None)
    for topic in {room.topic for room in hub.rooms.values()}:
        mine = [room for room in hub.rooms.values() if room.topic is topic]
        await hub.run(topic.present, listeners(mine))
        versions = await hub.run(topic.versions, {room.key for room in mine})
        for room in mine:
            version = versions.get(room.key)
            if room.version not in (None, version):
                hub.hear(room.store, room.key)
            room.version = version


async def _tell(hub: Hub, over_s: float) -> None:
    """Tell every screen but those that heard something in the last half of that time, and those that are just
    joining: they get their head with the snapshot."""
    begun = [room for room in hub.rooms.values() if room.last]
    places = [(room, socket) for room in begun for socket in room.sockets]
    turns = max(-(-len(places) // AT_ONCE), 1)
    for start in range(0, turns * AT_ONCE, AT_ONCE):
        messages: dict[TopicSubscription, Message] = {}
        for room, socket in places[start : start + AT_ONCE]:
            if socket in room.sockets and time.monotonic() - socket.told_at >= over_s / 2:
                if room not in messages:
                    messages[room] = hub.message("", room)
                hub.offer(room, socket, messages[room])
        await asyncio.sleep(over_s / turns)
