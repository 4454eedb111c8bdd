"""Quick subscribers share a transaction, and none of them can tell."""

import threading
import time
from unittest.mock import patch

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.db import connection, transaction

from serverlesspresso.accounts.models import User
from serverlesspresso.core import failpoints
from serverlesspresso.events.delivery import gentle, offsets, pump, together, turns
from serverlesspresso.events.models import Cursor, Parked

from .bus import deliver, subscribed, tell

pytestmark = pytest.mark.django_db(transaction=True)
LONG_S = 6
"""Longer than anybody here may have to wait."""


@pytest.fixture(autouse=True)
def nothing_remembered():
    turns.forget()
    yield
    turns.forget()


@pytest.fixture
def points(monkeypatch):
    """What is hit on the way, from now on."""
    found: list[str] = []
    monkeypatch.setattr(failpoints, "seen", found)
    return found


def known(*names):
    """These were served before, quickly."""
    turns.took.update(dict.fromkeys(names, 0.001))


class Taker:
    """A subscriber that writes a row for each event."""

    def __init__(self, name):
        self.name = name

    def __call__(self, given):
        for event in given if isinstance(given, list) else [given]:
            User.objects.create(name=f"{self.name} {event.store} {event.sequence}")


def taken(name) -> list[str]:
    rows = User.objects.filter(name__regex=f"^{name} [A-Z]").order_by("name")
    return [row.name.removeprefix(f"{name} ") for row in rows]


def places() -> set:
    return set(Cursor.objects.values_list("subscription", "store", "sequence"))


def test_one_transaction_hands_over_to_all_who_were_quick(points):
    known("a", "b", "c")
    with (
        subscribed(Taker("a"), name="a", batch=10, across=True),
        subscribed(Taker("b"), name="b", batch=10),
        subscribed(Taker("c"), "OrderManager.*", name="c"),
    ):
        tell(2, "ABC")
        tell(1, "XYZ")
        pump.deliver(look_again=False)
    assert points.count("bus.committed") == 1
    assert taken("a") == taken("b") == ["ABC 1", "ABC 2", "XYZ 1"]
    assert taken("c") == []
    assert places() == {(name, store, to) for name in "abc" for store, to in (("ABC", 2), ("XYZ", 1))}


def test_who_is_new_or_has_something_parked_is_served_alone(points):
    bad = {1}

    def fails_once(event):
        if event.sequence in bad:
            raise ValueError

    known("a", "b", "parked")
    with (
        subscribed(Taker("a"), name="a"),
        subscribed(Taker("b"), name="b"),
        subscribed(Taker("new"), name="new"),
        subscribed(fails_once, name="parked"),
    ):
        pump.deliver(["parked"])
        tell(1)
        pump.deliver(["parked"])
        points.clear()
        pump.deliver(look_again=False)
        assert points.count("bus.committed") == 2  # a and b, new
        tell(1)
        points.clear()
        pump.deliver(look_again=False)
    assert points.count("bus.committed") == 2  # a and b and new, and who has something parked
    assert taken("new") == ["ABC 1", "ABC 2"]


def test_when_one_fails_all_is_undone_and_each_is_served_alone(points):
    def bad(event):
        User.objects.create(name=f"bad ABC {event.sequence}")
        if event.sequence == 2:
            raise ValueError("cannot take it")

    known("a", "bad", "z")
    with subscribed(Taker("a"), name="a"), subscribed(bad, name="bad"), subscribed(Taker("z"), name="z"):
        tell(3)
        deliver()
        assert taken("a") == taken("z") == ["ABC 1", "ABC 2", "ABC 3"]
        assert taken("bad") == ["ABC 1", "ABC 3"]
        assert Parked.objects.get().sequence == 2
        Parked.objects.all().delete()
        points.clear()
        tell(1)
        pump.deliver(look_again=False)
    assert points.count("bus.committed") == 2  # it is not trusted for a while


def test_when_a_place_was_moved_meanwhile_nothing_is_applied_twice():
    calls = []

    def handler(event):
        calls.append(event.sequence)
        if len(calls) == 1:
            other = threading.Thread(target=moves)
            other.start()
            other.join()
        User.objects.create(name=f"a ABC {event.sequence}")

    def moves():
        Cursor.objects.filter(subscription="b").update(sequence=1)
        connection.close()

    known("a", "b")
    with subscribed(handler, name="a"), subscribed(Taker("b"), name="b"):
        tell(2)
        deliver()
    assert calls == [1, 2, 1, 2]
    assert taken("a") == ["ABC 1", "ABC 2"]
    assert taken("b") == ["ABC 2"]


def test_many_pumps_at_once_apply_each_event_once():
    def run():
        for _ in range(4):
            known("a", "b", "c")
            deliver()
        connection.close()

    with (
        subscribed(Taker("a"), name="a", batch=5, across=True),
        subscribed(Taker("b"), name="b"),
        subscribed(Taker("c"), name="c", batch=3),
    ):
        tell(9)
        threads = [threading.Thread(target=run) for _ in range(4)]
        for thread in threads:
            thread.start()
        tell(9)
        for thread in threads:
            thread.join()
        deliver()
    for name in "abc":
        assert sorted(taken(name)) == sorted(f"ABC {n}" for n in range(1, 19))


def test_a_shared_transaction_that_takes_too_long_is_undone(monkeypatch):
    monkeypatch.setattr(together, "HOLD_S", 0.1)

    def dawdles(event):
        if not gentle_calls:
            gentle_calls.append(event)
            time.sleep(0.3)

    gentle_calls = []
    known("a", "b")
    with subscribed(Taker("a"), name="a"), subscribed(dawdles, name="b"):
        tell(1)
        deliver()
    assert taken("a") == ["ABC 1"]
    assert len(gentle_calls) == 1
    assert places() == {("a", "ABC", 1), ("b", "ABC", 1)}
    assert not turns.may_share("b", offsets.Work([offsets.Place("ABC", 1, 2)]))  # since it failed there


@pytest.mark.parametrize("writes_first", [False, True])
def test_who_hangs_in_a_shared_transaction_holds_up_the_others_for_a_moment_only(monkeypatch, writes_first):
    monkeypatch.setattr(together, "HOLD_S", 0.3)
    monkeypatch.setattr(gentle, "HOLD_S", 0.3)
    hangs, began = threading.Event(), threading.Event()

    def hanging(event):
        if writes_first:
            User.objects.create(name="hanging")
        began.set()
        hangs.wait(20)

    def stuck():
        pump.deliver(look_again=False)
        connection.close()

    known("a", "hanging", "z")
    with (
        subscribed(Taker("a"), name="a"),
        subscribed(hanging, name="hanging"),
        subscribed(Taker("z"), name="z"),
    ):
        tell(1)
        thread = threading.Thread(target=stuck)
        thread.start()
        try:
            assert began.wait(20)
            turns.leave_alone(seconds=60)  # as whoever takes over does
            until = time.monotonic() + LONG_S
            while not taken("z"):
                assert time.monotonic() < until
                time.sleep(0.05)
                pump.deliver(["a", "z"])
            assert taken("a") == taken("z") == ["ABC 1"]
            assert ("hanging", "ABC", 1) not in places()
            with transaction.atomic():
                User.objects.create(name="a click")  # nobody waits
        finally:
            hangs.set()
            thread.join()
        turns.forget()
        deliver()
    assert taken("a") == taken("z") == ["ABC 1"]
    assert ("hanging", "ABC", 1) in places()


def test_to_find_it_busy_does_not_make_it_quick():
    with subscribed(Taker("a"), name="a"), subscribed(Taker("b"), name="b"):
        tell(1)
        turns.took["a"] = 5.0
        served_elsewhere = patch.object(turns, "lock", lambda names, **_: set())
        with served_elsewhere:
            assert pump.deliver(["a"]) == pump.deliver(["b"]) == []
        assert turns.took == {"a": 5.0}
        pump.deliver(["a"])
        assert turns.took["a"] < 5


def test_celerys_time_limit_in_a_shared_transaction_ends_the_call():
    calls = []

    def hanging(event):
        calls.append(event.sequence)
        if len(calls) == 1:
            raise SoftTimeLimitExceeded

    known("a", "hanging")
    with subscribed(Taker("a"), name="a"), subscribed(hanging, name="hanging"):
        tell(1)
        assert sorted(pump.deliver()) == ["a", "hanging"]
        assert calls == [1]
        assert pump.deliver(["hanging"]) == pump.deliver(["a"]) == []
    assert calls == [1, 1]
    assert places() == {("a", "ABC", 1), ("hanging", "ABC", 1)}
