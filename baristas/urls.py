"""Addresses of the barista app, under /barista/."""

from django.urls import path

from . import views, views_crew
from .views_invites import invite

app_name = "baristas"
urlpatterns = [
    path("", views.home, name="home"),
    path("<slug:store>/", views.board, name="board"),
    path("<slug:store>/orders/<slug:order>/<slug:act>/", views.act, name="act"),
    path("<slug:store>/pause/", views.pause, name="pause"),
    path("<slug:store>/open/", views.open_or_close, name="open"),
    path("<slug:store>/availability/", views.availability, name="availability"),
    path("<slug:store>/new-code/", views.new_code, name="new_code"),
    path("<slug:store>/free-places/", views.free_places, name="free_places"),
    path("<slug:store>/series/", views.series, name="series"),
    path("<slug:store>/invite/", invite, name="invite"),
    path("<slug:store>/walk-up/", views.walk_up, name="walk_up"),
    path("<slug:store>/take-over/", views_crew.take_over, name="take_over"),
    path("<slug:store>/hand-back/", views_crew.hand_back, name="hand_back"),
    path("<slug:store>/seen/", views_crew.seen, name="seen"),
    path("<slug:store>/find/", views_crew.find, name="find"),
    path("<slug:store>/who/", views_crew.who, name="who"),
    path("<slug:store>/pins/", views_crew.pins, name="pins"),
]
