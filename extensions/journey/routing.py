"""Addresses of the journeys' sockets."""

from django.urls import path

from .consumers import JourneyConsumer, StaffJourneyConsumer

websocket_urlpatterns = [
    path("ws/orders/<slug:order_id>/journey/", JourneyConsumer.as_asgi()),
    path("ws/orders/<slug:order_id>/journey/staff/", StaffJourneyConsumer.as_asgi()),
]
