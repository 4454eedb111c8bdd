"""Address of the dashboard's socket."""

from django.urls import path

from .consumers import FiguresConsumer

websocket_urlpatterns = [path("ws/dashboard/<str:slug>/", FiguresConsumer.as_asgi())]
