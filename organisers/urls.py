"""Addresses of the organisers' pages, under /organise/."""

from django.urls import path

from . import views, views_figures, views_menu, views_setup, views_tests

app_name = "organisers"
urlpatterns = [
    path("", views.home, name="home"),
    path("new/", views_setup.new, name="new"),
    path("try/<str:token>/", views_tests.try_it, name="try"),
    path("<slug:store>/", views.overview, name="overview"),
    path("<slug:store>/act/<slug:deed>/", views.act, name="act"),
    path("<slug:store>/setup/bar/", views_setup.bar, name="bar"),
    path("<slug:store>/setup/phones/", views_tests.phones, name="phones"),
    path("<slug:store>/setup/hours/", views_setup.opening_hours, name="hours"),
    path("<slug:store>/setup/menu/", views_setup.menu, name="menu"),
    path("<slug:store>/setup/limits/", views_setup.limits, name="limits"),
    path("<slug:store>/setup/sign-in/", views_tests.sign_in, name="sign-in"),
    path("<slug:store>/setup/people/", views_setup.people, name="people"),
    path("<slug:store>/setup/screens/", views_setup.screens, name="screens"),
    path("<slug:store>/setup/opening/", views_setup.opening, name="opening"),
    path("<slug:store>/menu/", views_menu.exchange, name="exchange"),
    path("<slug:store>/menu/<slug:format>/", views_menu.export, name="export_menu"),
    path("<slug:store>/figures/", views_figures.figures, name="figures"),
    path("<slug:store>/figures/<slug:format>/", views_figures.export, name="export_figures"),
]
