"""Addresses under /accounts/ that are our own."""

from django.urls import path

from . import views_devices, views_onboarding
from .sign_in import views

app_name = "accounts"
urlpatterns = [
    path("", views.home, name="home"),
    path("enter/", views.enter, name="enter"),
    path("first/<slug:token>/", views_onboarding.first_account, name="first"),
    path("invited/<int:user>/<slug:token>/", views_onboarding.invited, name="invited"),
    path("password/", views.ChangePassword.as_view(), name="password"),
    path("pair/status/", views_devices.pair_status, name="pair_status"),
    path("pair/<slug:store>/<slug:role>/", views_devices.pair, name="pair"),
    path("screens/<slug:store>/", views_devices.screens, name="screens"),
    path("screens/<slug:store>/<int:user>/revoke/", views_devices.revoke, name="revoke"),
]
