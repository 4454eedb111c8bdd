"""Addresses of the display, below /display/."""

from django.urls import path

from . import views

app_name = "display"
urlpatterns = [
    path("<str:slug>/", views.board, name="board"),
    path("<str:slug>/poster/", views.poster, name="poster"),
    path("<str:slug>/unpaired/", views.unpaired, name="unpaired"),
]
