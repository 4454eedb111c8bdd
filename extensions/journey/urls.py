"""The journey's address (it does not change silently)."""

from django.urls import path

from . import views

app_name = "journey"
urlpatterns = [path("orders/<slug:order_id>/journey/", views.journey, name="journey")]
