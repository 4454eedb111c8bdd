"""What the calls of a rush cost, in statements that read or write."""

import pytest

from config.menu import catalog
from conftest import choosing, making, queued, ready
from display import qr_codes
from orders import commands
from serverlesspresso.api.tests.caller import Caller, cost

pytestmark = pytest.mark.django_db


def test_scan(store, alice):
    caller, token = Caller(alice), qr_codes.current_code(store).token
    assert cost(lambda: caller.post("stores/ABC/orders", {"token": token})) == 18


def test_submit(store, alice):
    caller, order = Caller(alice), choosing(alice, store)
    body = {"drink": "Cappuccino", "modifiers": ["Oat"]}
    catalog.drinks(store)  # as whoever ordered before left it
    assert cost(lambda: caller.put(f"orders/{order.pk}", body)) == 4


def test_make(store, alice, bob):
    caller, order = Caller(bob), queued(alice, store)
    assert cost(lambda: caller.post(f"orders/{order.pk}/make")) == 8


def test_complete(store, alice, bob):
    caller, order = Caller(bob), making(alice, store, bob)
    assert cost(lambda: caller.post(f"orders/{order.pk}/complete")) == 8


def test_collect_by_the_owner(store, alice, bob):
    caller, order = Caller(alice), ready(alice, store, bob)
    assert cost(lambda: caller.post(f"orders/{order.pk}/collect")) == 5


def test_look(store, alice):
    caller, order = Caller(alice), queued(alice, store)
    assert cost(lambda: caller.get(f"orders/{order.pk}")) == 5


def test_a_key_costs_two_more(store, alice):
    caller, order = Caller(alice), commands.extend(choosing(alice, store), by=alice)
    without = cost(lambda: caller.post(f"orders/{order.pk}/extend"))
    with_key = cost(lambda: caller.post(f"orders/{order.pk}/extend", **{"Idempotency-Key": "a key"}))
    again = cost(lambda: caller.post(f"orders/{order.pk}/extend", **{"Idempotency-Key": "a key"}))
    assert (with_key - without, again) == (2, 3)
