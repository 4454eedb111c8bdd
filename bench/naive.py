"""The naive way, whole: a Django view that shows an order by asking the database, and one that changes it."""

import os

import environ

SECRET_KEY = "naive" * 10
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "bench.naive"
DATABASES = {"default": environ.Env().db_url("DATABASE_URL") | {"OPTIONS": {"pool": True}}}
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
]
INSTALLED_APPS = ["django.contrib.sessions"]
SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates"}]
SCHEMA = """
CREATE TABLE naive_order(id int PRIMARY KEY, number int NOT NULL, drink text NOT NULL, status text NOT NULL);
INSERT INTO naive_order SELECT n, n, 'Flat White', 'waiting 0' FROM generate_series(1, 500) n;
"""
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.naive")

from django.core.asgi import get_asgi_application  # noqa: E402
from django.db import connection  # noqa: E402
from django.http import HttpResponse  # noqa: E402
from django.template import engines  # noqa: E402
from django.urls import path  # noqa: E402

PAGE = """<!doctype html><title>{{ number }}</title><h1>Your number is {{ number }}</h1>
<p>{{ drink }}</p><p id="status">{{ status }}</p>"""


def show(request, order: int) -> HttpResponse:
    """The page."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT number, drink, status FROM naive_order WHERE id = %s", [order])
        number, drink, status = cursor.fetchone()
    shown = {"number": number, "drink": drink, "status": status}
    return HttpResponse(engines["django"].from_string(PAGE).render(shown, request))


def change(request, order: int, status: str) -> HttpResponse:
    """A barista's tap."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE naive_order SET status = %s WHERE id = %s", [status, order])
    return HttpResponse("done")


def ready(request) -> HttpResponse:
    """It lives."""
    return HttpResponse("ok")


urlpatterns = [
    path("readyz", ready),
    path("<int:order>/", show),
    path("<int:order>/<str:status>/", change),
]
application = get_asgi_application()
