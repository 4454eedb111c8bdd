"""What people and programs hear while a server is away."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.cache import caches
from django.db import InterfaceError, OperationalError, connection
from django.test import RequestFactory

from conftest import bearer
from serverlesspresso.web import error_pages

AWAY = [
    OperationalError("server closed the connection unexpectedly"),
    InterfaceError("connection already closed"),
]


@pytest.fixture(params=AWAY, ids=["cut off", "closed"])
def no_database(request, db, monkeypatch, client):
    """From now on the database does not answer."""
    client.raise_request_exception = False

    def fails(*args, **kwargs):
        raise request.param

    def go_away():
        monkeypatch.setattr(connection, "cursor", fails)

    yield go_away
    monkeypatch.undo()


@pytest.mark.parametrize(
    "path", ["/", "/s/ABC/", "/orders/x/", "/display/ABC/", "/barista/ABC/", "/accounts/enter/"]
)
def test_a_page_says_when_to_come_back(client, store, bob, no_database, path):
    client.force_login(bob)
    no_database()
    response = client.get(path)
    assert (response.status_code, response["Retry-After"]) == (503, "2")
    assert "Nothing is lost" in response.content.decode()


def test_a_tap_gets_the_sentence_alone(client, store, alice, no_database):
    client.force_login(alice)
    no_database()
    response = client.post("/orders/x/cancel/", headers={"HX-Request": "true"})
    assert response.status_code == 503
    assert response.content.decode().strip().startswith('<div class="banner')


def test_a_program_gets_a_problem(client, store, bob, no_database):
    headers = bearer(bob) | {"Idempotency-Key": "one"}
    no_database()
    response = client.post(
        "/api/v1/stores/ABC/walk-ups",
        {"drink": "Espresso", "modifiers": []},
        "application/json",
        headers=headers,
    )
    assert (response.status_code, response["Retry-After"]) == (503, "2")
    assert response.json()["code"] == "busy"


def test_what_fails_between_the_views_is_an_outage_too():
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    try:
        raise OperationalError("gone")
    except OperationalError:
        assert error_pages.handle_server_error(request).status_code == 503
    try:
        raise ValueError("our mistake")
    except ValueError:
        assert error_pages.handle_server_error(request).status_code == 500


def test_limits_are_counted_where_redis_cannot_lose_them(settings, db):
    from django.core.management import call_command

    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "rate_limits"}
    }
    call_command("createcachetable", verbosity=0)
    cache = caches["default"]
    cache.add("tries", 1, 60)
    cache.incr("tries")
    assert cache.get("tries") == 2
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM rate_limits")
        assert cursor.fetchone()[0] == 1
