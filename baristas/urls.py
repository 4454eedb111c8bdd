"""Addresses of the barista app, under /barista/."""

from django.urls import path

from .views import board, staff
from .views.invitations import invite

app_name = "baristas"
urlpatterns = [
    path("", board.home, name="home"),
    path("<slug:store>/", board.board, name="board"),
    path("<slug:store>/orders/<slug:order>/<slug:act>/", board.act, name="act"),
    path("<slug:store>/pause/", board.pause, name="pause"),
    path("<slug:store>/open/", board.open_or_close, name="open"),
    path("<slug:store>/availability/", board.availability, name="availability"),
    path("<slug:store>/new-code/", board.new_code, name="new_code"),
    path("<slug:store>/free-places/", board.free_places, name="free_places"),
    path("<slug:store>/series/", board.series, name="series"),
    path("<slug:store>/invite/", invite, name="invite"),
    path("<slug:store>/walk-up/", board.walk_up, name="walk_up"),
    path("<slug:store>/take-over/", staff.take_over, name="take_over"),
    path("<slug:store>/hand-back/", staff.hand_back, name="hand_back"),
    path("<slug:store>/seen/", staff.seen, name="seen"),
    path("<slug:store>/find/", staff.find, name="find"),
    path("<slug:store>/who/", staff.who, name="who"),
    path("<slug:store>/pins/", staff.pins, name="pins"),
]
