"""Subscribers get each event at least once, apply it once, and in order per order."""

import logging
import threading

import pytest
from django.db import connection, transaction

from serverlesspresso.accounts.models import User
from serverlesspresso.core import clock
from serverlesspresso.events.delivery import backlog, dead_letters, dispatcher, isolation, offsets
from serverlesspresso.events.delivery.subscribers import subscriber
from serverlesspresso.events.models import Cursor, Parked, Subscription

from .bus import MADE, Notes, deliver, serve, subscribed, tell

pytestmark = pytest.mark.django_db(transaction=True)


def elsewhere(act, **kwargs):
    """Do it on a connection of its own, as another process would."""

    def run():
        act(**kwargs)
        connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()


def test_each_event_of_its_pattern_reaches_a_subscriber_once_in_sequence():
    all_, orders = Notes(), Notes()
    with subscribed(all_, "*", name="all"), subscribed(orders, "OrderManager.*", name="orders"):
        tell(3)
        tell(2, order="one")
        tell(1)
        deliver()
        deliver()
    assert all_.got == [1, 2, 3, 4, 5, 6]
    assert orders.got == [4, 5]
    assert set(Cursor.objects.values_list("subscription", "sequence")) == {("all", 6), ("orders", 6)}


def test_a_batch_is_of_one_store_and_no_larger_than_asked():
    notes = Notes()
    with subscribed(notes, batch=4):
        tell(6, "ABC")
        tell(3, "XYZ")
        deliver()
    assert notes.calls == [[1, 2, 3, 4], [5, 6], [1, 2, 3]]


def test_more_than_is_read_at_once_is_handed_over_too(monkeypatch):
    monkeypatch.setattr(isolation, "WINDOW", 4)
    monkeypatch.setattr(backlog, "WINDOW", 4)
    monkeypatch.setattr(isolation, "MOST_STORES", 2)
    notes = Notes()
    with subscribed(notes):
        for store in ("A", "B", "C"):
            tell(5, store)
        deliver()
    assert sorted(notes.got) == sorted([1, 2, 3, 4, 5] * 3)


@pytest.mark.parametrize(("start", "expected"), [("beginning", [1, 2, 3]), ("now", [3])])
def test_it_starts_with_everything_or_with_what_comes(start, expected):
    notes = Notes()
    tell(2)
    with subscribed(notes, start=start):
        offsets.register_all()
        tell(1)
        deliver()
    assert notes.got == expected


def test_what_a_new_store_tells_is_new_to_everybody():
    notes = Notes()
    tell(2, "OLD")
    with subscribed(notes, start="now"):
        offsets.register_all()
        tell(2, "NEW")
        deliver()
    assert notes.got == [1, 2]


# -- failing ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("batch", [0, 5])
def test_a_bad_event_is_parked_and_all_others_are_applied(batch, monkeypatch):
    monkeypatch.setattr(dead_letters, "PAUSES_S", (600,))  # on a slow machine a second may be over
    notes = Notes(4)
    with subscribed(notes, batch=batch):
        tell(9)
        deliver()
    assert notes.got == [1, 2, 3, 5, 6, 7, 8, 9]
    parked = Parked.objects.get()
    assert (parked.sequence, parked.attempts, parked.reason) == (4, 1, "ValueError: cannot take 4")
    assert "raise ValueError" in parked.traceback


@pytest.mark.parametrize("batch", [0, 5])
def test_what_failed_is_undone_and_what_did_not_is_there_once(batch):
    def write(given):
        for event in given if batch else [given]:
            User.objects.create(name=f"Fan of {event.sequence}")
            if event.sequence == 3:
                raise ValueError

    with subscribed(write, batch=batch):
        tell(5)
        deliver()
    fans = [f"Fan of {number}" for number in (1, 2, 4, 5)]
    assert sorted(User.objects.values_list("name", flat=True)) == fans


@pytest.mark.parametrize("batch", [0, 10])
def test_later_events_of_the_order_wait_behind_and_other_orders_go_on(batch):
    notes = Notes(1)
    with subscribed(notes, batch=batch):
        tell(1, order="one")
        tell(1, order="two")
        tell(1, order="one")
        deliver()
        tell(1, order="one")
        tell(1, order="two")
        deliver()
        assert notes.got == [2, 5]
        notes.bad.clear()
        clock.advance(2)
        deliver()
    assert notes.got == [2, 5, 1, 3, 4]
    assert not Parked.objects.exists()


def test_the_pauses_grow_and_then_it_is_a_dead_letter_and_the_order_goes_on():
    notes = Notes(1)
    with subscribed(notes):
        tell(2, order="one")
        deliver()
        pauses = []
        while (row := Parked.objects.earliest("sequence")).dead_at is None:
            pauses.append((row.next_at - clock.now()).total_seconds())
            clock.advance(pauses[-1] + 0.1)
            deliver()
    # The first time twice: with what others get, then by itself.
    assert [sequence for [sequence] in notes.calls] == [1] * 7 + [2]
    for pause, meant in zip(pauses, (1, 5, 30, 120, 600), strict=True):
        assert meant * 0.8 - 1 <= pause <= meant * 1.2
    dead = Parked.objects.get()
    assert dead.dead_at
    assert dead.attempts == 6
    assert notes.got == [2]


def test_a_subscriber_that_always_fails_costs_the_others_nothing():
    good, bad = Notes(), Notes(*range(100))
    with subscribed(good, name="good"), subscribed(bad, name="bad"):
        tell(20)
        deliver()
    assert good.got == list(range(1, 21))
    assert Parked.objects.filter(subscription="bad").count() == 20


# -- applied once ----------------------------------------------------------------------------------


def test_whoever_comes_second_is_undone():
    """The place moves while the handler runs, as if another process had been faster."""
    notes = Notes()

    def handler(event):
        notes(event)
        if len(notes.calls) == 2:
            elsewhere(Cursor.objects.filter(store="ABC").update, sequence=1)

    with subscribed(handler):
        tell(2)
        deliver()
        assert (notes.calls, notes.got) == ([[1], [2]], [])
        deliver()
    assert (notes.calls[2:], notes.got) == ([[2]], [2])


def test_many_dispatchers_at_once_apply_each_event_once():
    got = []

    def count(event):
        Subscription.objects.filter(pk="test").update(at_most=None)
        transaction.on_commit(lambda: got.append(event.sequence))

    def run():
        for _ in range(5):
            deliver()
        connection.close()

    with subscribed(count):
        tell(40)
        threads = [threading.Thread(target=run) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        deliver()
    assert sorted(got) == list(range(1, 41))


def test_a_subscriber_that_is_gone_is_asked_nothing():
    with subscribed(Notes(), name="gone"):
        deliver()
    tell(1)
    assert subscriber("gone") is None
    assert dispatcher.dispatch() == []


def test_the_log_line_of_a_failure_says_whose_and_what(caplog):
    with subscribed(Notes(1)), caplog.at_level(logging.WARNING):
        tell(1, order="one")
        deliver()
    [line] = [record for record in caplog.records if record.name == isolation.__name__]
    assert (line.store, line.order) == ("ABC", "one")


def test_a_batch_across_stores_is_one_call_and_a_bad_event_in_it_is_found():
    calls = []

    def handler(events):
        calls.append([(event.store, event.sequence) for event in events])
        if any(event.store == "S2" and event.sequence == 2 for event in events):
            raise ValueError("not this one")

    with subscribed(handler, batch=100, across=True):
        for store in ("S1", "S2", "S3"):
            tell(3, store=store)
        deliver()
        assert len(calls[0]) == 9
        assert list(Parked.objects.values_list("store", "sequence")) == [("S2", 2)]
        places = dict(Cursor.objects.values_list("store", "sequence"))
    assert places == {"S1": 3, "S2": 3, "S3": 3}


# -- who is served together, and who by itself -----------------------------------------------------


def test_a_subscriber_that_fails_is_left_to_a_task_of_its_own():
    good, bad = Notes(), Notes(2)
    with subscribed(bad, name="bad"), subscribed(good, name="good"):
        tell(3)
        assert dispatcher.dispatch() == ["bad"]
        assert (good.got, bad.got) == ([1, 2, 3], [])
        serve("bad")
    assert bad.got == [1, 3]


@pytest.mark.parametrize("how", ["isolated", "far behind", "retrying"])
def test_a_subscriber_is_served_by_itself_when_it_is(how, monkeypatch):
    notes = Notes(1) if how == "retrying" else Notes()
    with subscribed(notes, isolated=how == "isolated"):
        if how == "retrying":
            tell(1)
            deliver()
            notes.calls.clear()
        if how == "far behind":
            monkeypatch.setattr(backlog, "WINDOW", 2)
        tell(3)
        assert dispatcher.dispatch() == ["test"]
        assert notes.calls == []


def test_a_subscriber_that_takes_too_long_goes_on_in_a_task_of_its_own(monkeypatch):
    monkeypatch.setattr(dispatcher, "BUDGET_S", 0.0)
    notes = Notes()
    with subscribed(notes):
        tell(3)
        assert dispatcher.dispatch() == ["test"]
        serve("test")
    assert notes.got == [1, 2, 3]


def test_what_nobody_wants_is_passed_by_for_all_in_one_statement(django_assert_max_num_queries):
    with subscribed(Notes(), MADE, name="one"), subscribed(Notes(), MADE, name="two"):
        tell(1)
        deliver()
        tell(5)
        with django_assert_max_num_queries(4):
            deliver()
        assert set(Cursor.objects.values_list("subscription", "sequence")) == {("one", 6), ("two", 6)}


def test_a_subscriber_far_ahead_of_another_is_not_told_of_what_was_not_read(monkeypatch):
    ahead, late = Notes(), Notes()
    with subscribed(ahead, name="ahead"):
        tell(5)
        deliver()
        with subscribed(late, name="late"):
            tell(2)
            deliver()
            deliver()
    assert (ahead.got, late.got) == ([1, 2, 3, 4, 5, 6, 7], [1, 2, 3, 4, 5, 6, 7])
