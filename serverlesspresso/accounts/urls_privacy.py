"""Addresses under /privacy/: what is kept about people."""

from django.urls import path

from . import views_privacy

urlpatterns = [
    path("", views_privacy.page, name="privacy"),
    path("data/", views_privacy.data, name="privacy_data"),
    path("erase/", views_privacy.erase, name="privacy_erase"),
]
