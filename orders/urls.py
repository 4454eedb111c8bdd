"""Addresses of the ordering app (docs/contract: they do not change silently)."""

from django.urls import path, re_path

from . import views, views_places

app_name = "orders"
urlpatterns = [
    path("", views.home, name="home"),
    re_path(r"^q/(?P<token>[\s\S]*)\Z", views.scan, name="scan"),
    path("s/<str:slug>/", views.store, name="store"),
    path("s/<str:slug>/waiting/", views_places.waiting_list, name="waiting"),
    path("s/<str:slug>/waiting/leave/", views_places.leave, name="leave"),
    path("s/<str:slug>/invite/", views_places.digits, name="digits"),
    re_path(r"^invite/(?P<token>[\w-]{1,40})/\Z", views_places.invite, name="invite"),
    path("orders/", views.mine, name="mine"),
    path("orders/<str:order_id>/", views.order, name="order"),
    path("orders/<str:order_id>/swap/", views.swap, name="swap"),
    path("orders/<str:order_id>/submit/", views.submit, name="submit"),
    path("orders/<str:order_id>/extend/", views.extend, name="extend"),
    path("orders/<str:order_id>/cancel/", views.cancel, name="cancel"),
    path("orders/<str:order_id>/collect/", views.collect, name="collect"),
]
