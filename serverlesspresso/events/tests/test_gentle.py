"""A subscriber's transaction is in nobody's way, however long it takes."""

import threading
import time

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.db import connection, transaction

from serverlesspresso.accounts.models import User
from serverlesspresso.core import clock
from serverlesspresso.events import tasks
from serverlesspresso.events.delivery import attending, gentle, pump, turns
from serverlesspresso.events.delivery.gentle import HeldTooLong, gently
from serverlesspresso.events.delivery.pump import deliver
from serverlesspresso.events.models import Cursor, Parked, Subscription

from .bus import subscribed, tell

pytestmark = pytest.mark.django_db(transaction=True)
LONG_S = 3
"""Longer than anybody here may have to wait."""


@pytest.fixture
def one_lock_for_all():
    """What is about the lock of SQLite."""
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL locks rows")


@pytest.fixture(autouse=True)
def nothing_remembered():
    turns.forget()


def write(name):
    return User.objects.create(name=name)


def names() -> list[str]:
    return sorted(User.objects.values_list("name", flat=True))


class Aside:
    """Runs something in a thread with a connection of its own."""

    def __init__(self, act, *args):
        self.error = None
        self.thread = threading.Thread(target=self._run, args=(act, *args))
        self.thread.start()

    def _run(self, act, *args):
        try:
            act(*args)
        except Exception as error:
            self.error = error
        finally:
            connection.close()

    def ended(self, seconds=20) -> bool:
        self.thread.join(seconds)
        return not self.thread.is_alive()


# -- the transaction -------------------------------------------------------------------------------


def test_it_is_a_transaction():
    told = []
    with gently():
        write("kept")
        transaction.on_commit(lambda: told.append("committed"))
        assert told == []
    with pytest.raises(ValueError, match="undo"), gently():
        write("undone")
        raise ValueError("undo")
    assert (names(), told) == (["kept"], ["committed"])


def test_a_transaction_within_it_can_be_undone_alone():
    with gently():
        write("kept")
        with pytest.raises(ValueError, match="undo"), transaction.atomic():
            write("undone")
            raise ValueError("undo")
        write("kept, too")
    assert names() == ["kept", "kept, too"]


def test_who_only_reads_keeps_nobody_from_writing(one_lock_for_all):
    with gently():
        assert names() == []
        assert Aside(write, "another").ended(LONG_S)
        write("first")  # though somebody else wrote since it read
    assert names() == ["another", "first"]


def test_who_writes_and_dawdles_loses_the_lock_and_what_was_written(one_lock_for_all, monkeypatch):
    monkeypatch.setattr(gentle, "HOLD_S", 0.2)
    with pytest.raises(HeldTooLong), gently():
        write("dawdler")
        another = Aside(write, "another")
        assert another.ended(LONG_S)  # while this one goes on
        assert another.error is None
        write("dawdler again")
    with gently():
        write("next")
    assert names() == ["another", "next"]


def test_who_loses_the_lock_cannot_keep_it_secret(one_lock_for_all, monkeypatch):
    monkeypatch.setattr(gentle, "HOLD_S", 0.1)
    with pytest.raises(HeldTooLong), gently():
        write("dawdler")
        time.sleep(0.4)
    assert names() == []


# -- subscribers that hang, dawdle or are slow -----------------------------------------------------


@pytest.mark.parametrize("writes_first", [False, True])
def test_a_subscriber_that_hangs_costs_orders_and_other_subscribers_nothing(writes_first):
    hangs, got, began = threading.Event(), [], threading.Event()

    def hanging(event):
        if writes_first:
            write("hanging")
        began.set()
        hangs.wait(20)

    with subscribed(hanging, name="hanging"), subscribed(lambda e: got.append(e.sequence), name="good"):
        tell(1)
        stuck = Aside(deliver, ["hanging"])
        try:
            assert began.wait(20)
            since = time.monotonic()
            tell(3)
            deliver()
            assert time.monotonic() - since < LONG_S
            assert got == [1, 2, 3, 4]
            assert not stuck.ended(0)
        finally:
            hangs.set()
        assert stuck.ended()
        lost = writes_first and connection.vendor == "sqlite"
        if lost:
            assert Parked.objects.get(sequence=1).reason.startswith(
                "HeldTooLong: wrote, and then did not end"
            )
        else:
            assert stuck.error is None
            assert Cursor.objects.get(subscription="hanging").sequence == 4


def test_known_to_be_slow_it_comes_last():
    served = []
    with (
        subscribed(lambda event: served.append("slow"), name="a slow one"),
        subscribed(lambda event: served.append("quick"), name="quick"),
    ):
        turns.took["a slow one"] = turns.SLOW_S
        tell(1)
        assert deliver() == []
    assert served == ["quick", "slow"]


def test_known_to_be_slow_it_is_left_to_a_call_of_its_own_while_others_are_busy():
    with (
        subscribed(lambda event: None, name="slow"),
        subscribed(lambda event: None, name="quick"),
        turns.taken("quick"),
    ):
        turns.took["slow"] = turns.SLOW_S
        tell(1)
        assert deliver() == ["slow"]
        assert deliver(["slow"]) == []
        assert Cursor.objects.get(subscription="slow").sequence == 1


def test_it_gets_a_task_of_its_own_but_not_with_every_event(monkeypatch):
    sent = []
    monkeypatch.setattr(tasks.deliver, "apply_async", lambda args, **_: sent.append(args))
    monkeypatch.setattr(tasks, "_sent", {})
    monkeypatch.setattr(pump, "deliver", lambda **_: ["slow"])
    monkeypatch.setattr(attending, "WAITS_S", 0.01)
    monkeypatch.setattr(tasks, "_APART_S", 60)
    for _ in range(5):
        tasks.deliver()
    assert sent == [[["slow"]]]


def test_a_call_ends_after_a_while_though_there_is_more(monkeypatch):
    monkeypatch.setattr(pump, "BUDGET_S", 0.0)
    with subscribed(lambda event: None):
        tell(1)
        assert deliver() == ["test"]


# -- ended by Celery's time limit ------------------------------------------------------------------


def test_an_event_with_which_it_hangs_is_parked():
    def hanging(event):
        if event.sequence == 2:
            raise SoftTimeLimitExceeded

    with subscribed(hanging):
        tell(3)
        deliver()
        assert Cursor.objects.get(subscription="test").sequence == 3
        assert Parked.objects.get().sequence == 2


def test_batches_with_which_it_hangs_grow_smaller_until_the_event_is_found_and_then_grow_again():
    sizes = []

    def hanging(events):
        sizes.append(len(events))
        if any(event.sequence == 3 for event in events):
            raise SoftTimeLimitExceeded

    with subscribed(hanging, batch=8):
        tell(16)
        deliver()
        assert [parked.sequence for parked in Parked.objects.all()] == [3]
        assert Cursor.objects.get(subscription="test").sequence == 16
        assert sizes[:3] == [8, 4, 2]
        tell(40)
        for _ in range(5):
            deliver()
            tell(8)
        deliver()
        assert Subscription.objects.get(pk="test").at_most is None
        clock.advance(2)
        deliver()
        assert Parked.objects.get().attempts >= 2
