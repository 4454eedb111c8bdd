"""What must not leave the database, and what was signed with a key of before."""

import pytest
from django.test import Client

from baristas.topics import snapshot
from conftest import bearer, making, queued, ready
from display.wall import frame
from orders import presenters
from orders.models import Order
from serverlesspresso.accounts.identity import COOKIE
from serverlesspresso.events.models import Event

pytestmark = pytest.mark.django_db
OLD, NEW = "the key of before, long enough", "the key of today, long enough"


@pytest.fixture
def orders(store, alice, bob, dana):
    """One that waits, one that is made, one that is ready: each of them awaits somebody."""
    return queued(alice, store), making(bob, store, bob), ready(dana, store, bob)


def test_no_task_token_leaves_the_database(store, orders, alice, bob):
    tokens = list(Order.objects.values_list("task_token", flat=True))
    assert all(len(token) >= 20 for token in tokens)
    client = Client()
    client.force_login(bob)
    told = [
        *[client.get(f"/api/v1/orders/{order.pk}", headers=bearer(bob)).content.decode() for order in orders],
        client.get("/api/v1/stores/ABC/events", headers=bearer(bob)).content.decode(),
        client.get("/barista/ABC/").content.decode(),
        *[presenters.render_order(order) for order in orders],
        *[f"{event.data}" for event in Event.objects.all()],
        snapshot(store),
        frame(store),
    ]
    assert all(len(each) > 20 for each in told)
    assert not [token for token in tokens if any(token in each for each in told)]


def named(settings, key, fallbacks=()):
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = key, list(fallbacks)


def test_a_cookie_signed_with_the_key_of_before_is_good_while_that_is_known(settings, store):
    named(settings, OLD)
    client = Client()
    client.get("/s/ABC/")
    signed = client.cookies[COOKIE].value

    named(settings, NEW, fallbacks=[OLD])
    client.get("/s/ABC/")
    assert client.cookies[COOKIE].value == signed, "this browser keeps its name"

    named(settings, NEW)
    client.get("/s/ABC/")
    assert client.cookies[COOKIE].value != signed, "and is a new one when the old key is gone"
