"""The screens: a group for each of them and for each order; each socket renders what it shows."""

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.template.loader import render_to_string

from .models import Order


class Screen(AsyncWebsocketConsumer):
    """A tablet (`barista`) or a wall (`display`) of a store."""

    template = "usual/ticket.html"

    async def connect(self):
        """Staff of the store only."""
        self.kind, slug = self.scope["url_route"]["kwargs"]["kind"], self.scope["url_route"]["kwargs"]["slug"]
        if not await database_sync_to_async(self.scope["user"].groups.filter(name=slug).exists)():
            await self.close()
            return
        self.group = f"{self.kind}-{slug}"
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.accept()

    async def disconnect(self, code):
        """It hears no more."""
        if hasattr(self, "group"):
            await self.channel_layer.group_discard(self.group, self.channel_name)

    async def order_changed(self, event):
        """An order's row, as it is now."""
        await self.send(text_data=await self._rendered(event["order"]))

    @database_sync_to_async
    def _rendered(self, pk: int) -> str:
        order = Order.objects.select_related("customer", "barista", "drink").get(pk=pk)
        return render_to_string(self.template, {"order": order, "kind": self.kind})


class Phone(AsyncWebsocketConsumer):
    """The customer's phone: one order."""

    async def connect(self):
        """The customer only."""
        self.order = self.scope["url_route"]["kwargs"]["pk"]
        mine = Order.objects.filter(pk=self.order, customer_id=self.scope["user"].pk)
        if not await database_sync_to_async(mine.exists)():
            await self.close()
            return
        await self.channel_layer.group_add(f"order-{self.order}", self.channel_name)
        await self.accept()

    async def disconnect(self, code):
        """It hears no more."""
        await self.channel_layer.group_discard(f"order-{self.order}", self.channel_name)

    async def order_changed(self, event):
        """The order, as it is now."""
        await self.send(text_data=await self._rendered())

    @database_sync_to_async
    def _rendered(self) -> str:
        order = Order.objects.select_related("customer", "barista", "drink").get(pk=self.order)
        return render_to_string("usual/ticket.html", {"order": order, "kind": "phone"})
