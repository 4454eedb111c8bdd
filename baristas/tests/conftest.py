"""Tablets, and how to tap on them."""

import pytest

HTMX = {"HX-Request": "true"}


def tap(client, order, act, **sent):
    """Post an act on a ticket, as the page does."""
    return client.post(f"/barista/{order.store.slug}/orders/{order.pk}/{act}/", sent, headers=HTMX)


def post(client, path, sent=(), slug="ABC"):
    """Post to the bar, as the page does."""
    return client.post(f"/barista/{slug}/{path}/", dict(sent), headers=HTMX)


def status_of(order):
    """The order's status as of now."""
    order.refresh_from_db()
    return order.status


@pytest.fixture
def barista(client, bob):
    """Bob's tablet."""
    client.force_login(bob)
    return client


@pytest.fixture
def manager_tablet(client, dana):
    """Dana's tablet."""
    client.force_login(dana)
    return client
