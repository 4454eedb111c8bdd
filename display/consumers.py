"""Sockets of the display."""

from serverlesspresso.events.consumers import Listener


class DisplayConsumer(Listener):
    """The wall of one store."""

    async def topics(self) -> list[tuple[str, str]]:
        """The board of the store in the address."""
        return [("board", self.scope["url_route"]["kwargs"]["slug"])]
