"""Addresses of the organisers' sockets."""

from django.urls import path

from .consumers import OverviewConsumer

websocket_urlpatterns = [path("ws/organise/<slug:store>/", OverviewConsumer.as_asgi())]
