"""Addresses under /privacy/: what is kept about people."""

from django.urls import path

from . import views

urlpatterns = [
    path("", views.page, name="privacy"),
    path("data/", views.data, name="privacy_data"),
    path("erase/", views.erase, name="privacy_erase"),
]
