"""The screens: a group for each of them and for each order; each socket renders what it shows."""

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.template.loader import render_to_string

from .models import Order


class Listener(AsyncWebsocketConsumer):
    """Hears of the orders of one group."""

    def admitted(self):
        """The rows that let this user in (a query set), and the group: for each kind of screen to say."""
        raise NotImplementedError

    async def connect(self):
        """Join the group, or close."""
        allowed, self.group = self.admitted()
        if not await database_sync_to_async(allowed.exists)():
            await self.close()
            return
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.accept()

    async def disconnect(self, code):
        """It hears no more."""
        await self.channel_layer.group_discard(self.group, self.channel_name)

    async def order_changed(self, event):
        """An order as it is now."""
        await self.send(text_data=await self._rendered(event["order"]))

    @database_sync_to_async
    def _rendered(self, pk: int) -> str:
        order = Order.objects.select_related("customer", "barista", "drink").get(pk=pk)
        return render_to_string("usual/ticket.html", {"order": order, "group": self.group})


class Screen(Listener):
    """A tablet (`barista`) or a wall (`display`) of a store, for its staff."""

    def admitted(self):
        """By the group of the store's staff."""
        named = self.scope["url_route"]["kwargs"]
        staff = self.scope["user"].groups.filter(name=named["slug"])
        return staff, f"{named['kind']}-{named['slug']}"


class Phone(Listener):
    """One order, on its customer's phone."""

    def admitted(self):
        """By the customer of the order."""
        pk = self.scope["url_route"]["kwargs"]["pk"]
        return Order.objects.filter(pk=pk, customer_id=self.scope["user"].pk), f"order-{pk}"
