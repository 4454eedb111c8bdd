"""Addresses of the tablets' sockets."""

from django.urls import path

from .consumers import BaristaConsumer

websocket_urlpatterns = [path("ws/barista/<slug:store>/", BaristaConsumer.as_asgi())]
