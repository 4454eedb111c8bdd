"""Addresses of tickets."""

from django.urls import path

from . import views

app_name = "tickets"
urlpatterns = [
    path("orders/<str:order_id>/ticket/", views.ticket, name="ticket"),
    path("tickets/<str:store>/", views.recent, name="recent"),
    path("tickets/<str:store>/failed/", views.failed, name="failed"),
]
