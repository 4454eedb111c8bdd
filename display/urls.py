"""Addresses of the display, below /display/."""

from django.urls import path

from . import views

app_name = "display"
urlpatterns = [
    path("<slug:slug>/", views.board, name="board"),
    path("<slug:slug>/poster/", views.poster, name="poster"),
    path("<slug:slug>/unpaired/", views.unpaired, name="unpaired"),
]
