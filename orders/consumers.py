"""The ordering app's sockets: which topics belong to which address."""

from config import lookup
from serverlesspresso.events.live.consumers import LiveConsumer

from . import topics


class OrderConsumer(LiveConsumer):
    """`/ws/orders/<id>/`: one order."""

    async def topics(self) -> list[tuple[str, str]]:
        return [(topics.ORDER.name, self.scope["url_route"]["kwargs"]["order_id"])]


class SwapConsumer(LiveConsumer):
    """`/ws/orders/<id>/swap/`: one order, with the menu while it waits."""

    async def topics(self) -> list[tuple[str, str]]:
        return [(topics.SWAP.name, self.scope["url_route"]["kwargs"]["order_id"])]


class TurnConsumer(LiveConsumer):
    """`/ws/waiting/<id>/`: one turn on a waiting list."""

    async def topics(self) -> list[tuple[str, str]]:
        return [(topics.TURN.name, self.scope["url_route"]["kwargs"]["turn_id"])]


class StoreConsumer(LiveConsumer):
    """`/ws/stores/<slug>/`: a store's status and menu, for anybody."""

    async def topics(self) -> list[tuple[str, str]]:
        slug = await self.hub.run(lookup.spelled, self.scope["url_route"]["kwargs"]["slug"])
        return [(topics.STORE.name, slug), (topics.MENU.name, slug)]
