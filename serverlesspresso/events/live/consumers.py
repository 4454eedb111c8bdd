"""Listener: the one WebSocket base. It only listens; changes go by POST with CSRF."""

import asyncio
import logging
from abc import ABC, abstractmethod
from collections import deque

from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings

from .hub import hub
from .messages import WRITE, Message
from .topics import topic

logger = logging.getLogger(__name__)

WAITING = 50
"""Messages a slow socket may have waiting. One more, and all are dropped for one snapshot."""
LOOK_S = 0.1
"""While a client is slow to read, the next message is tried this often."""
PATIENCE = 20
"""Messages a socket may send us before it is closed. Ours send none."""
SIGN_IN, NOT_YOURS, TOO_MUCH = 4401, 4403, 4429
"""Close codes after which htmx does not come back by itself (it retries 1006, 1011, 1012 and 1013)."""


class LiveConsumer(AsyncWebsocketConsumer, ABC):
    """A socket on one or more topics. Subclasses say which: `topics()` gives (name, key) pairs."""

    @abstractmethod
    async def topics(self) -> list[tuple[str, str]]:
        """The topics of this address, from the URL alone: a client never names a topic."""

    async def connect(self):
        """Authorise, join, then send a snapshot of each topic."""
        self.hub = hub()
        self.write = self.scope.get("extensions", {}).get(WRITE)
        self.waiting: deque[Message] = deque()
        self.told_at = 0.0
        self.news = asyncio.Event()
        self.heard = 0
        self.user_id = self.scope["user"].pk if "user" in self.scope else None
        self.session = getattr(self.scope.get("session"), "session_key", None)
        await self.accept()
        wanted = await self.topics()
        for name, key in wanted:
            if "\0" in key or not await self.hub.run(
                topic(name).allowed, self.user_id, key
            ):  # no database has it
                await self.close(NOT_YOURS if self.user_id else SIGN_IN)
                return
        self.writer = asyncio.create_task(self._write())
        language = self._language()
        for name, key in wanted:
            if not await self.hub.join(self, topic(name), key, language):
                await self.close(NOT_YOURS)
                return

    async def disconnect(self, code):
        self.hub.leave(self)
        if hasattr(self, "writer"):
            self.writer.cancel()

    async def receive(self, text_data=None, bytes_data=None):
        """Say nothing back: nothing can be done over a socket. Whoever keeps talking is shown out."""
        self.heard += 1
        if self.heard > PATIENCE:
            await self.close(TOO_MUCH)

    def offer(self, message: Message) -> bool:
        """Send a message, at once if nothing waits before it. False, and an empty queue, when this socket is
        too slow."""
        if self.write and not self.waiting and self.write(message):
            return True
        slow = len(self.waiting) >= WAITING
        if slow:
            self.waiting.clear()
        else:
            self.waiting.append(message)
            self.news.set()
        return not slow

    def expel(self) -> None:
        """Close for good: the session ended or the right is gone."""
        self.expelled = asyncio.create_task(self.close(NOT_YOURS))

    async def _write(self):
        try:
            while True:
                await self.news.wait()
                self.news.clear()
                while self.waiting:
                    if not self.write:
                        await self.base_send({"type": "websocket.send", "text": self.waiting.popleft()})
                    elif self.write(self.waiting[0]):
                        self.waiting.popleft()
                    else:
                        await asyncio.sleep(LOOK_S)
        except Exception as error:  # a socket that cannot be written to must not stay open and silent
            logger.warning("a screen could not be told: %s", error)
            await self.close()

    def _language(self) -> str:
        asked = self.scope.get("query_string", b"").decode("ascii", "ignore").removeprefix("lang=")
        return asked if asked in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
