"""Addresses of the display's sockets."""

from django.urls import path

from .consumers import DisplayConsumer

websocket_urlpatterns = [path("ws/display/<slug:slug>/", DisplayConsumer.as_asgi())]
