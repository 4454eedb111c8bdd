"""One network, many browsers: scans without a name hold part of a code at most."""

import pytest
from django.test import Client

from conftest import make_store
from display import qr_codes
from display.models import Hold
from serverlesspresso.core import clock


def address(store) -> str:
    """What the QR code on the screen says, as a path."""
    return f"/q/{qr_codes.current_code(store).token}"


def used(store) -> int:
    return qr_codes.current_code(store).used


def nameless(store, times: int, **headers) -> list[int]:
    return [Client().post(address(store), **headers).status_code for _ in range(times)]


def test_scans_without_a_name_from_one_network_hold_four_of_ten(store, client):
    assert nameless(store, 12) == [302] * 4 + [429] * 8
    assert used(store) == 4
    assert nameless(store, 1, REMOTE_ADDR="192.0.2.7") == [302], "from elsewhere there is room"


@pytest.mark.parametrize(("budget", "most"), [(1, 1), (5, 2), (20, 8)])
def test_how_many_that_are_follows_the_budget(db, budget, most):
    store = make_store(per_code=budget)
    assert nameless(store, most + 1).count(302) == most


def test_who_is_refused_says_who_they_are_first_and_orders(store, client):
    nameless(store, 4)
    page = client.post(address(store))
    assert "Sign in first" in page.content.decode()
    assert (
        f"/accounts/enter/?next={address(store).replace('/', '%2F')}&amp;store=ABC" in page.content.decode()
    )
    client.post("/accounts/enter/", {"name": "Alice", "store": "ABC", "next": address(store)})
    assert client.post(address(store)).url.startswith("/orders/")


def test_a_name_makes_room_for_the_next_of_that_network(store, client):
    client.post(address(store))
    nameless(store, 3)
    client.post("/accounts/enter/", {"name": "Alice", "store": "ABC"})
    assert client.post("/s/ABC/").url.startswith("/orders/")
    assert nameless(store, 2) == [302, 429]


def test_a_household_of_ipv6_is_one_network(store):
    assert nameless(store, 4, REMOTE_ADDR="2001:db8::1") == [302] * 4
    assert nameless(store, 1, REMOTE_ADDR="2001:db8::ffff") == [429]
    assert nameless(store, 1, REMOTE_ADDR="2001:db8:0:1::1") == [302]


def test_where_a_scan_came_from_is_forgotten_when_it_is_used_or_goes_back(store, client):
    client.post(address(store))
    nameless(store, 1)
    assert "" not in Hold.objects.values_list("network", flat=True)
    client.post("/accounts/enter/", {"name": "Alice", "store": "ABC"})
    client.post("/s/ABC/")
    clock.advance(qr_codes.HOLD_LASTS.total_seconds())
    qr_codes.give_back_unused()
    assert set(Hold.objects.values_list("network", flat=True)) == {""}


def test_robots_may_scan_from_one_network(db):
    store = make_store(kind="robots")
    assert nameless(store, 10) == [302] * 10
