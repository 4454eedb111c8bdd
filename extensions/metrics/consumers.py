"""The dashboard's socket."""

from serverlesspresso.events.consumers import Listener

from . import counting, topics


class FiguresConsumer(Listener):
    """`/ws/dashboard/<store>/`: today's figures."""

    async def topics(self) -> list[tuple[str, str]]:
        return [(topics.FIGURES.name, counting.screen(self.scope["url_route"]["kwargs"]["slug"]))]
