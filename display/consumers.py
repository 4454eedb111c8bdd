"""Sockets of the display."""

from config import lookup
from serverlesspresso.events.live.consumers import LiveConsumer


class DisplayConsumer(LiveConsumer):
    """The wall of one store."""

    async def topics(self) -> list[tuple[str, str]]:
        """The board of the store in the address."""
        return [("board", await self.hub.run(lookup.spelled, self.scope["url_route"]["kwargs"]["slug"]))]
