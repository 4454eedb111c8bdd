"""Addresses of the ordering app (they are printed and linked: they do not change silently)."""

from django.urls import path, re_path

from .views import ordering, waiting

app_name = "orders"
urlpatterns = [
    path("", ordering.home, name="home"),
    re_path(r"^q/(?P<token>[\s\S]*)\Z", ordering.scan, name="scan"),
    path("s/<slug:slug>/", ordering.store, name="store"),
    path("s/<slug:slug>/waiting/", waiting.waiting_list, name="waiting"),
    path("s/<slug:slug>/waiting/leave/", waiting.leave, name="leave"),
    path("s/<slug:slug>/invite/", waiting.digits, name="digits"),
    re_path(r"^invite/(?P<token>[\w-]{1,40})/\Z", waiting.invite, name="invite"),
    path("orders/", ordering.mine, name="mine"),
    path("orders/<slug:order_id>/", ordering.order, name="order"),
    path("orders/<slug:order_id>/swap/", ordering.swap, name="swap"),
    path("orders/<slug:order_id>/submit/", ordering.submit, name="submit"),
    path("orders/<slug:order_id>/extend/", ordering.extend, name="extend"),
    path("orders/<slug:order_id>/cancel/", ordering.cancel, name="cancel"),
    path("orders/<slug:order_id>/collect/", ordering.collect, name="collect"),
]
