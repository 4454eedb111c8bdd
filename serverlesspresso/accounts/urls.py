"""Addresses under /accounts/ that are our own."""

from django.urls import path

from . import views, views_new, views_screens

app_name = "accounts"
urlpatterns = [
    path("", views.home, name="home"),
    path("enter/", views.enter, name="enter"),
    path("first/<slug:token>/", views_new.first_account, name="first"),
    path("invited/<int:user>/<slug:token>/", views_new.invited, name="invited"),
    path("password/", views.ChangePassword.as_view(), name="password"),
    path("pair/status/", views_screens.pair_status, name="pair_status"),
    path("pair/<slug:store>/<slug:role>/", views_screens.pair, name="pair"),
    path("screens/<slug:store>/", views_screens.screens, name="screens"),
    path("screens/<slug:store>/<int:user>/revoke/", views_screens.revoke, name="revoke"),
]
