"""Subscribers and dead letters in the admin."""

import pytest
from django.urls import reverse

from conftest import make_user
from serverlesspresso.events.delivery import dead_letters
from serverlesspresso.events.models import Parked, Subscription

from .bus import deliver, subscribed, tell

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def root(client):
    """The browser of somebody who may do everything."""
    client.force_login(make_user("Root", is_staff=True, is_superuser=True))
    return client


class Fussy:
    """Takes nothing until it is told to."""

    def __init__(self):
        self.got, self.fussy = [], True

    def __call__(self, event):
        if self.fussy:
            raise ValueError("no, thanks")
        self.got.append(event.sequence)


@pytest.fixture
def fussy(monkeypatch):
    """A subscriber with three dead letters, and what it took."""
    monkeypatch.setattr(dead_letters, "PAUSES_S", ())
    handler = Fussy()
    with subscribed(handler, name="fussy"):
        tell(3)
        deliver()
        handler.fussy = False
        yield handler


def act(client, model, name, *rows, **more):
    posted = {"action": name, "_selected_action": [row.pk for row in rows], **more}
    response = client.post(reverse(f"admin:events_{model}_changelist"), posted, follow=True)
    return [str(message) for message in response.context["messages"]]


def page(client, model, row) -> str:
    return client.get(reverse(f"admin:events_{model}_change", args=[row.pk])).content.decode()


def test_a_superuser_sees_how_far_each_subscriber_is(root, fussy):
    tell(2)
    seen = page(root, "subscription", Subscription.objects.get(pk="fussy"))
    assert "ABC: 3 / 5" in seen
    assert root.get(reverse("admin:events_subscription_changelist")).status_code == 200


def test_a_dead_letter_says_what_it_was_and_why(root, fussy):
    seen = page(root, "parked", Parked.objects.first())
    assert "ValueError: no, thanks" in seen
    assert "test_admin_bus.py" in seen
    assert "&quot;what&quot;: &quot;store&quot;" in seen


def test_one_is_handed_over_again_and_one_discarded(root, fussy):
    first, second, third = Parked.objects.order_by("sequence")
    assert act(root, "parked", "redrive", first) == ["1 will be delivered again."]
    deliver()
    assert fussy.got == [1]
    assert act(root, "parked", "discard", second) == []
    assert Parked.objects.count() == 2
    assert act(root, "parked", "discard", second, sure="yes") == ["1 was discarded."]
    deliver()
    assert fussy.got == [1]
    assert list(Parked.objects.all()) == [third]


def test_all_are_handed_over_again(root, fussy):
    assert act(root, "parked", "redrive", *Parked.objects.all(), select_across="1") == [
        "3 will be delivered again."
    ]
    deliver()
    assert fussy.got == [1, 2, 3]


def test_what_is_being_retried_is_neither_redriven_nor_discarded(root, fussy):
    Parked.objects.update(dead_at=None)
    assert act(root, "parked", "redrive", *Parked.objects.all()) == ["0 will be delivered again."]
    assert act(root, "parked", "discard", *Parked.objects.all(), sure="yes") == ["0 were discarded."]
    assert Parked.objects.count() == 3


def test_it_is_paused_and_resumed(root, fussy):
    row = Subscription.objects.get(pk="fussy")
    assert act(root, "subscription", "pause", row) == ["fussy is paused; new events are kept for it."]
    tell(1)
    deliver()
    assert fussy.got == []
    act(root, "subscription", "resume", row)
    deliver()
    assert fussy.got == [4]


def test_it_is_replayed_from_a_number_or_a_time(root, fussy):
    tell(2)
    deliver()
    address = reverse("admin:events_subscription_replay", args=["fussy"])
    assert root.get(address).status_code == 200
    response = root.post(address, {"store": "ABC", "sequence": "5"})
    assert response.status_code == 302
    deliver()
    assert fussy.got == [4, 5, 5]
    root.post(address, {"store": "", "since_0": "2000-01-01", "since_1": "00:00:00"})
    deliver()
    assert fussy.got == [4, 5, 5, 1, 2, 3, 4, 5]
    assert not Parked.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"sequence": "0"},
        {"sequence": "x"},
        {"sequence": str(2**70)},
        {"sequence": "1", "since_0": "2000-01-01", "since_1": "00:00"},
        {"sequence": "1", "store": "NOPE"},
        {"since_0": "yesterday"},
    ],
)
def test_a_replay_from_nowhere_is_refused(root, fussy, wrong):
    address = reverse("admin:events_subscription_replay", args=["fussy"])
    assert root.post(address, wrong).status_code == 200
    deliver()
    assert fussy.got == []


def test_nobody_else_may(client, dana, fussy):
    dana.is_staff = True
    dana.save()
    client.force_login(dana)
    for address in ("subscription_changelist", "parked_changelist"):
        assert client.get(reverse(f"admin:events_{address}")).status_code == 403
    replay = reverse("admin:events_subscription_replay", args=["fussy"])
    assert client.post(replay, {"sequence": "1"}).status_code == 403
    assert Subscription.objects.get(pk="fussy").cursors.get().sequence >= 3
