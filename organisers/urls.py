"""Addresses of the organisers' pages, under /organise/."""

from django.urls import path

from .views import connection_tests, menu, overview, reports, setup

app_name = "organisers"
urlpatterns = [
    path("", overview.home, name="home"),
    path("new/", setup.new, name="new"),
    path("try/<str:token>/", connection_tests.try_it, name="try"),
    path("<slug:store>/", overview.overview, name="overview"),
    path("<slug:store>/act/<slug:deed>/", overview.act, name="act"),
    path("<slug:store>/setup/bar/", setup.bar, name="bar"),
    path("<slug:store>/setup/phones/", connection_tests.phones, name="phones"),
    path("<slug:store>/setup/hours/", setup.opening_hours, name="hours"),
    path("<slug:store>/setup/menu/", setup.menu, name="menu"),
    path("<slug:store>/setup/limits/", setup.limits, name="limits"),
    path("<slug:store>/setup/sign-in/", connection_tests.sign_in, name="sign-in"),
    path("<slug:store>/setup/people/", setup.people, name="people"),
    path("<slug:store>/setup/screens/", setup.screens, name="screens"),
    path("<slug:store>/setup/opening/", setup.opening, name="opening"),
    path("<slug:store>/menu/", menu.menu_import, name="exchange"),
    path("<slug:store>/menu/<slug:format>/", menu.export, name="export_menu"),
    path("<slug:store>/figures/", reports.figures, name="figures"),
    path("<slug:store>/figures/<slug:format>/", reports.export, name="export_figures"),
]
