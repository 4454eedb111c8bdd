"""Addresses of the ordering app's sockets."""

from django.urls import path

from .consumers import OrderConsumer, StoreConsumer, SwapConsumer, TurnConsumer

websocket_urlpatterns = [
    path("ws/orders/<slug:order_id>/", OrderConsumer.as_asgi()),
    path("ws/orders/<slug:order_id>/swap/", SwapConsumer.as_asgi()),
    path("ws/waiting/<slug:turn_id>/", TurnConsumer.as_asgi()),
    path("ws/stores/<slug:slug>/", StoreConsumer.as_asgi()),
]
