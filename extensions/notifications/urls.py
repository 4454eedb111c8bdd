"""The address to which wishes are posted."""

from django.urls import path

from . import views

app_name = "notifications"
urlpatterns = [path("orders/<slug:order_id>/notify/", views.notify, name="notify")]
