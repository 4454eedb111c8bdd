"""From the screen's code to the cup, over HTTP alone, with the chains at work."""

import pytest

from conftest import make_store, make_user
from serverlesspresso.accounts.models import Membership, Role, User
from serverlesspresso.api.tests.caller import Caller

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast():
    store = make_store()
    screen = User.objects.create_user(name="Lobby screen", is_device=True)
    Membership.objects.create(user=screen, store=store, role=Role.DISPLAY)
    people = make_user("Alice"), make_user("Bob", store, Role.BARISTA), screen
    return [Caller(each) for each in people]


def test_a_drink(cast):
    alice, bob, screen = cast
    code = screen.get("stores/ABC/code").json()
    order = alice.post("stores/ABC/orders", {"token": code["token"]}).json()
    address = f"orders/{order['id']}"
    assert alice.get(address).json()["status"] == "choosing"
    alice.put(address, {"drink": "Cappuccino", "modifiers": ["Oat"]})
    waiting = bob.get("stores/ABC/orders?status=queued").json()["items"]
    assert [(each["id"], each["number"], each["position"]) for each in waiting] == [(order["id"], 1, 1)]
    assert bob.post(f"{address}/make").json()["status"] == "making"
    assert alice.get(address).json()["barista"] == "Bob"
    assert bob.post(f"{address}/complete").json()["status"] == "ready"
    assert alice.post(f"{address}/collect").json()["status"] == "collected"
    events = bob.get("stores/ABC/events").json()["items"]
    assert [each["type"] for each in events if each.get("subject") == order["id"]] == [
        "Validator.NewOrder",
        "OrderProcessor.WorkflowStarted",
        "OrderManager.WaitingCompletion",
        "OrderManager.MakeOrder",
        "OrderManager.OrderCompleted",
        "OrderManager.OrderCollected",
        "OrderProcessor.OrderFinished",
    ]
    assert screen.get("stores/ABC/code").json()["remaining"] == code["remaining"] - 1


def test_every_act_sent_twice_with_a_key(cast):
    alice, bob, screen = cast
    token = screen.get("stores/ABC/code").json()["token"]

    def twice(caller, method, path, body=None):
        key = {"Idempotency-Key": f"{method} {path}"}
        first, again = (caller.send(method, path, body, key) for _try in range(2))
        assert first.status_code < 300
        assert again.content == first.content
        return first.json()

    order = twice(alice, "POST", "stores/ABC/orders", {"token": token})
    address = f"orders/{order['id']}"
    twice(alice, "PUT", address, {"drink": "Espresso"})
    for act in ("make", "unmake", "complete", "recall"):
        twice(bob, "POST", f"{address}/{act}")
    assert twice(bob, "POST", f"{address}/cancel", {"reason": "machine"})["status"] == "cancelled"
    events = bob.get("stores/ABC/events").json()["items"]
    mine = [each["type"] for each in events if each.get("subject") == order["id"]]
    assert len(mine) == len(set(mine)) == 9


def test_a_submit_faster_than_the_worker(cast, monkeypatch):
    alice, _bob, screen = cast
    monkeypatch.setattr("serverlesspresso.events.after_commit.send_task", lambda signature: None)
    token = screen.get("stores/ABC/code").json()["token"]
    order = alice.post("stores/ABC/orders", {"token": token}).json()
    assert order["status"] == "validating"
    address = f"orders/{order['id']}"
    assert alice.put(address, {"drink": "Espresso"}).json()["status"] == "submitted"
    swapped = alice.put(address, {"drink": "Cappuccino", "modifiers": ["Regular"]}).json()
    assert (swapped["status"], swapped["number"], swapped["drink"]) == ("queued", 1, "Cappuccino")
