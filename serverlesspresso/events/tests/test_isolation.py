"""A subscriber that hangs, dawdles or is ended by Celery's time limit holds up nobody but itself."""

import threading
import time

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import connection

from serverlesspresso.accounts.models import User
from serverlesspresso.core import clock
from serverlesspresso.events import tasks
from serverlesspresso.events.delivery import dispatcher, isolation, wakeup
from serverlesspresso.events.models import Cursor, Parked, Subscription

from .bus import Aside, deliver, serve, subscribed, tell

pytestmark = pytest.mark.django_db(transaction=True)
LONG_S = 3
"""Longer than anybody here may have to wait."""


@pytest.mark.parametrize("writes_first", [False, True])
def test_a_subscriber_that_hangs_costs_orders_and_other_subscribers_nothing(writes_first):
    hangs, got, began = threading.Event(), [], threading.Event()

    def hanging(event):
        if writes_first:
            User.objects.create(name="hanging")
        began.set()
        hangs.wait(20)

    with subscribed(hanging, name="hanging"), subscribed(lambda e: got.append(e.sequence), name="late"):
        tell(1)
        stuck = Aside(dispatcher.dispatch)
        try:
            assert began.wait(20)
            since = time.monotonic()
            tell(3)
            assert dispatcher.dispatch() == []  # the next window's, which passes by whoever is leased
            assert time.monotonic() - since < LONG_S
            assert got == [1, 2, 3, 4]
            assert not stuck.ended(0)
        finally:
            hangs.set()
        assert stuck.ended()
        serve("hanging")
        if writes_first and connection.vendor == "sqlite":  # it kept everybody from writing
            reasons = set(Parked.objects.values_list("reason", flat=True))
            assert all(reason.startswith("WriteLockTimeout: wrote") for reason in reasons)
        assert stuck.error is None
        assert Cursor.objects.get(subscription="hanging").sequence == 4


def test_a_call_ends_after_a_while_though_there_is_more(monkeypatch):
    monkeypatch.setattr(isolation, "BUDGET_S", 0.0)
    with subscribed(lambda event: None):
        tell(1)
        assert isolation.serve("test") is True


def test_a_hanging_subscriber_is_out_of_the_way_until_it_ends_in_time():
    def hanging(event):
        if event.sequence == 1:
            raise SoftTimeLimitExceeded

    with subscribed(hanging):
        tell(1)
        assert dispatcher.dispatch() == ["test"]
        tell(1)
        assert dispatcher.dispatch() == ["test"]
        serve("test")
        assert Cursor.objects.get(subscription="test").sequence == 2
        assert Parked.objects.get().sequence == 1


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
        for _ in range(6):
            deliver()
        assert [parked.sequence for parked in Parked.objects.all()] == [3]
        assert Cursor.objects.get(subscription="test").sequence == 16
        assert sizes[1:4] == [8, 4, 2]
        tell(40)
        for _ in range(5):
            deliver()
            tell(8)
        deliver()
        clock.advance(2)
        deliver()
        assert Parked.objects.get().attempts >= 2
        Parked.objects.all().delete()
        for _ in range(4):
            tell(8)
            deliver()
        assert Subscription.objects.get(pk="test").at_most is None


# -- one message for a burst of facts --------------------------------------------------------------


@pytest.fixture
def flags():
    for name in ("dispatch", "test", "other"):
        wakeup.lower_flag(name)


@pytest.fixture
def sent(monkeypatch, flags):
    found = []
    for task in (tasks.dispatch, tasks.serve_alone):
        monkeypatch.setattr(
            task,
            "apply_async",
            lambda args=(), task=task, **_: found.append((task.name.rsplit(".", 1)[1], *args)),
        )
    return found


@pytest.mark.parametrize("where", ["here", "redis"])
def test_a_flag_is_raised_once_until_it_is_lowered_or_falls(where, flags, monkeypatch):
    if (where == "redis") is settings.EMBEDDED:
        pytest.skip("the other one")
    monkeypatch.setattr(wakeup, "FLAG_S", 0.3)
    assert [wakeup.raise_flag("test"), wakeup.raise_flag("test"), wakeup.raise_flag("other")] == [
        True,
        False,
        True,
    ]
    wakeup.lower_flag("test")
    assert wakeup.raise_flag("test") is True
    time.sleep(0.4)
    assert wakeup.raise_flag("test") is True


def test_the_task_lowers_the_flag_before_it_reads(sent, monkeypatch):
    monkeypatch.setattr(tasks, "GATHER_S", 0)
    seen = []
    monkeypatch.setattr(dispatcher, "dispatch", lambda: seen.append(wakeup.raise_flag("dispatch")) or [])
    assert wakeup.raise_flag("dispatch") is True
    tasks.dispatch()
    assert seen == [True]


def test_a_subscriber_gets_a_task_of_its_own_once_until_that_begins(sent, monkeypatch):
    monkeypatch.setattr(tasks, "GATHER_S", 0)
    monkeypatch.setattr(dispatcher, "dispatch", lambda: ["test"])
    for _ in range(5):
        tasks.dispatch()
    assert sent == [("serve_alone", "test")]


def test_beat_sends_a_dispatch_only_when_somebody_is_behind(sent):
    with subscribed(lambda event: None):
        tasks.look()
        assert sent == []
        tell(1)
        tasks.look()
    assert sent == [("dispatch",)]


def test_a_retry_that_is_not_due_sends_nothing(sent):
    def failing(event):
        raise ValueError

    with subscribed(failing):
        tell(1)
        deliver()
        tasks.look()
        assert sent == []
        clock.advance(2)
        tasks.look()
    assert sent == [("dispatch",)]


def test_a_message_of_the_release_before_is_still_taken(sent):
    tasks.deliver(["test"])
    assert sent == [("serve_alone", "test")]
