"""Addresses of the ordering app's sockets."""

from django.urls import path

from .consumers import OrderConsumer, StoreConsumer, SwapConsumer

websocket_urlpatterns = [
    path("ws/orders/<str:order_id>/", OrderConsumer.as_asgi()),
    path("ws/orders/<str:order_id>/swap/", SwapConsumer.as_asgi()),
    path("ws/stores/<str:slug>/", StoreConsumer.as_asgi()),
]
