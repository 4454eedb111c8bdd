"""The tablets' socket. It only listens."""

from config import finding
from serverlesspresso.events.consumers import Listener


class BaristaConsumer(Listener):
    """The tickets of the store in the address."""

    async def topics(self) -> list[tuple[str, str]]:
        """One topic: the store's."""
        return [("barista", await self.hub.run(finding.spelled, self.scope["url_route"]["kwargs"]["store"]))]
