"""The organisers' socket. It only listens."""

from config import finding
from serverlesspresso.events.consumers import Listener


class OverviewConsumer(Listener):
    """The overview of the store in the address."""

    async def topics(self) -> list[tuple[str, str]]:
        """One topic: the store's."""
        return [("overview", await self.hub.run(finding.spelled, self.scope["url_route"]["kwargs"]["store"]))]
