"""The organisers' socket. It only listens."""

from config import lookup
from serverlesspresso.events.live.consumers import LiveConsumer


class OverviewConsumer(LiveConsumer):
    """The overview of the store in the address."""

    async def topics(self) -> list[tuple[str, str]]:
        """One topic: the store's."""
        return [("overview", await self.hub.run(lookup.spelled, self.scope["url_route"]["kwargs"]["store"]))]
