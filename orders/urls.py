"""Addresses of the ordering app (they are printed and linked: they do not change silently)."""

from django.urls import path, re_path

from .views import ordering, waiting

app_name = "orders"
urlpatterns = [
    path("", ordering.home, name="home"),
    re_path(r"^q/(?P<token>[\s\S]*)\Z", ordering.scan, name="scan"),
    path("s/<str:slug>/", ordering.store, name="store"),
    path("s/<str:slug>/waiting/", waiting.waiting_list, name="waiting"),
    path("s/<str:slug>/waiting/leave/", waiting.leave, name="leave"),
    path("s/<str:slug>/invite/", waiting.digits, name="digits"),
    re_path(r"^invite/(?P<token>[\w-]{1,40})/\Z", waiting.invite, name="invite"),
    path("orders/", ordering.mine, name="mine"),
    path("orders/<str:order_id>/", ordering.order, name="order"),
    path("orders/<str:order_id>/swap/", ordering.swap, name="swap"),
    path("orders/<str:order_id>/submit/", ordering.submit, name="submit"),
    path("orders/<str:order_id>/extend/", ordering.extend, name="extend"),
    path("orders/<str:order_id>/cancel/", ordering.cancel, name="cancel"),
    path("orders/<str:order_id>/collect/", ordering.collect, name="collect"),
]
