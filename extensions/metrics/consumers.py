"""The dashboard's socket."""

from config import lookup
from serverlesspresso.events.live.consumers import LiveConsumer

from . import counting, topics


class FiguresConsumer(LiveConsumer):
    """`/ws/dashboard/<store>/`: today's figures."""

    async def topics(self) -> list[tuple[str, str]]:
        slug = await self.hub.run(lookup.spelled, self.scope["url_route"]["kwargs"]["slug"])
        return [(topics.FIGURES.name, counting.screen(slug))]
