"""An order as the contract has it."""

import pytest
from django.utils import translation

from config import services
from conftest import choosing, make_user, making, queued, ready
from orders import commands, processor
from orders.serializers import describe, describe_all

FIELDS = {
    "id", "store", "series", "number", "status", "drink", "modifiers", "position", "eta",
    "created_at", "submitted_at", "claimed_at", "completed_at", "finished_at", "deadline_at",
    "reason", "barista", "version",
}  # fmt: skip


def test_it_has_exactly_the_fields_of_the_contract(store, alice):
    assert describe(choosing(alice, store)).keys() == FIELDS


def test_an_order_that_chooses_has_a_deadline_and_no_drink_number_or_place(store, alice):
    order = choosing(alice, store)
    told = describe(order)
    assert (told["drink"], told["number"], told["position"], told["eta"], told["barista"]) == (None,) * 5
    assert told["status"] == "choosing"
    assert told["deadline_at"] == order.deadline_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def test_waiting_orders_have_their_positions_by_number(store, alice, charlie):
    first, second = queued(alice, store), queued(charlie, store)
    assert [told["position"] for told in describe_all([second, first])] == [2, 1]
    assert [describe(order)["position"] for order in (first, second)] == [1, 2]


def test_the_wait_is_known_once_the_bar_has_made_some_drinks(store, alice, bob):
    for name in "DEFGH":
        ready(make_user(f"Guest {name}"), store, bob)
    told = describe(queued(alice, store))
    assert told["eta"].keys() == {"from", "to"}
    assert 0 <= told["eta"]["from"] <= told["eta"]["to"]


def test_a_claimed_order_names_its_barista_and_no_place(store, alice, bob):
    told = describe(making(alice, store, bob))
    assert (told["barista"], told["position"], told["status"]) == ("Bob", None, "making")


def test_the_deadline_of_a_waiting_order_stands_still_while_the_store_is_paused(store, alice, bob):
    order = queued(alice, store)
    assert describe(order)["deadline_at"] is not None
    services.set_status(store, paused=True)
    assert describe(processor.load(order.pk))["deadline_at"] is None


def test_a_reason_has_a_code_and_a_sentence(store, alice, bob):
    order = commands.cancel(queued(alice, store), by=bob, reason="machine")
    with translation.override("en"):
        assert describe(order)["reason"] == {"code": "machine", "text": "Sorry, the machine needs a break."}


@pytest.mark.parametrize("count", [1, 3])
def test_a_list_takes_three_queries_for_its_waiting_orders_however_many(
    store, django_assert_num_queries, count
):
    orders = [queued(make_user(f"Guest {n}"), store) for n in range(count)]
    with django_assert_num_queries(3):
        describe_all(orders)
