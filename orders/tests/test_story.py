"""The four stories the project began with, each through the real functions and chains."""

import pytest

from conftest import choosing, making, queued, scanned
from display import qr_codes
from orders import commands, processor
from orders.models import Status
from serverlesspresso.events.models import Event

pytestmark = pytest.mark.django_db


def types(order) -> list[str]:
    return list(Event.objects.filter(order=order.pk).order_by("sequence").values_list("type", flat=True))


def test_new_order(alice, store, on_commit):
    with on_commit():
        order = scanned(alice, store)
    order = processor.load(order.pk)
    assert order.status == Status.CHOOSING
    assert order.customer == alice
    assert qr_codes.current_code(store).remaining == 9
    assert types(order) == ["Validator.NewOrder", "OrderProcessor.WorkflowStarted"]


def test_order_details(alice, store, on_commit):
    order = choosing(alice, store)
    with on_commit():
        commands.submit(order, drink="Cappuccino", modifiers=["Oat"], by=alice)
    order = processor.load(order.pk)
    assert (order.status, order.number) == (Status.QUEUED, 1)
    assert (order.drink, order.modifiers) == ("Cappuccino", ["Oat"])
    event = Event.objects.get(order=order.pk, type="OrderManager.WaitingCompletion")
    assert (event.data["number"], event.data["drink"], event.data["modifiers"]) == (1, "Cappuccino", ["Oat"])


def test_claiming_an_order(alice, bob, store):
    order = commands.claim(queued(alice, store), by=bob)
    assert (order.status, order.barista) == (Status.MAKING, bob)
    assert types(order)[-1] == "OrderManager.MakeOrder"


def test_completing_an_order(alice, bob, store, on_commit):
    order = making(alice, store, bob)
    with on_commit():
        order = commands.complete(order, by=bob)
        assert order.status == Status.READY
        order = commands.collect(order, by=alice)
    assert order.status == Status.COLLECTED
    assert types(order)[-3:] == [
        "OrderManager.OrderCompleted",
        "OrderManager.OrderCollected",
        "OrderProcessor.OrderFinished",
    ]
