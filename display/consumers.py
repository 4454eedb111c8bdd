"""Sockets of the display."""

from config import finding
from serverlesspresso.events.consumers import Listener


class DisplayConsumer(Listener):
    """The wall of one store."""

    async def topics(self) -> list[tuple[str, str]]:
        """The board of the store in the address."""
        return [("board", await self.hub.run(finding.spelled, self.scope["url_route"]["kwargs"]["slug"]))]
