"""Addresses of tickets."""

from django.urls import path

from . import views

app_name = "tickets"
urlpatterns = [
    path("orders/<slug:order_id>/ticket/", views.ticket, name="ticket"),
    path("tickets/<slug:store>/", views.recent, name="recent"),
    path("tickets/<slug:store>/failed/", views.failed, name="failed"),
]
