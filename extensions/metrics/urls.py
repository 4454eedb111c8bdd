"""The addresses of the figures."""

from django.urls import path

from . import views

app_name = "metrics"
urlpatterns = [
    path("dashboard/<str:store>/", views.dashboard, name="dashboard"),
    path("dashboard/<str:store>/figures.csv", views.table, name="csv"),
]
