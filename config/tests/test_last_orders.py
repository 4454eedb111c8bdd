"""Last orders: a store closes by itself some minutes after somebody called them."""

import pytest

from config import services
from config.tests.conftest import is_open
from orders.sweep import sweep
from serverlesspresso.core import clock
from serverlesspresso.core.errors import Invalid, Refusal


def test_after_last_orders_the_store_closes_by_itself(store):
    services.call_last_orders(store, 10)
    clock.advance(599)
    sweep()
    assert is_open(store)
    clock.advance(1)
    sweep()
    assert not is_open(store)
    assert store.last_orders_at is None


def test_last_orders_can_be_taken_back(store):
    services.call_last_orders(store, 10)
    services.call_last_orders(store, 0)
    clock.advance(601)
    sweep()
    assert is_open(store)


def test_last_orders_are_when_the_store_closes(store):
    services.call_last_orders(store, 10)
    store.refresh_from_db()
    assert store.next_closing() == store.last_orders_at


def test_closing_by_hand_forgets_last_orders(store):
    services.call_last_orders(store, 10)
    services.set_status(store, open=False)
    assert services.set_status(store, open=True).last_orders_at is None


def test_last_orders_at_a_closed_store_are_refused(store):
    services.set_status(store, open=False)
    with pytest.raises(Refusal) as refusal:
        services.call_last_orders(store, 10)
    assert refusal.value.code == "store_closed"


@pytest.mark.parametrize("minutes", [-1, 121])
def test_last_orders_too_far_ahead_are_refused(store, minutes):
    with pytest.raises(Invalid) as refusal:
        services.call_last_orders(store, minutes)
    assert "minutes" in refusal.value.errors
    store.refresh_from_db()
    assert store.last_orders_at is None
