"""Addresses, as the bar's API has them."""

from django.urls import path

from . import views

urlpatterns = [
    path("readyz", views.ready),
    path("api/v1/stores/<slug:slug>/orders", views.Scan.as_view()),
    path("api/v1/orders/<int:pk>", views.Submit.as_view()),
    path("api/v1/orders/<int:pk>/<str:act>", views.Act.as_view()),
]
