"""Pausing a subscriber, and replaying the log to it."""

from collections import Counter

import pytest
from django.db import transaction

from serverlesspresso.core import clock
from serverlesspresso.events.delivery import offsets
from serverlesspresso.events.models import Parked

from .bus import CHANGED, MADE, Notes, deliver, subscribed, tell

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_paused_subscriber_gets_nothing_and_then_all():
    notes = Notes()
    with subscribed(notes):
        tell(1)
        deliver()
        offsets.pause("test")
        tell(2)
        deliver()
        assert notes.got == [1]
        offsets.resume("test")
        deliver()
    assert notes.got == [1, 2, 3]


def test_a_replay_hands_over_again_from_a_sequence_and_says_so():
    seen = []

    def handler(event):
        seen.append((event.store, event.sequence, event.replayed))

    other = Notes()
    with subscribed(handler, batch=0), subscribed(other, name="other"):
        tell(3, "ABC")
        tell(2, "XYZ")
        deliver()
        seen.clear()
        other.calls.clear()
        assert offsets.replay("test", store="ABC", sequence=2) == 2
        tell(1, "ABC")
        deliver()
    assert seen == [("ABC", 2, True), ("ABC", 3, True), ("ABC", 4, False)]
    assert other.calls == [[4]]


def test_a_replay_from_a_time_takes_what_happened_from_then_on():
    notes = Notes()
    with subscribed(notes):
        tell(2)
        clock.advance(60)
        since = clock.now()
        tell(2)
        deliver()
        notes.got.clear()
        assert offsets.replay("test", since=since) == 2
        deliver()
    assert notes.got == [3, 4]


def test_a_replay_from_the_beginning_lets_the_subscriber_forget_first_and_parks_nothing_twice():
    forgotten = []
    notes = Notes(2)
    with subscribed(notes, reset=forgotten.append):
        tell(3, order="one")
        deliver()
        assert Parked.objects.count() == 2
        notes.bad.clear()
        offsets.replay("test")
        deliver()
    assert forgotten == ["ABC"]
    assert notes.got == [1, 1, 2, 3]
    assert not Parked.objects.exists()


@pytest.mark.parametrize("batch", [0, 7])
def test_a_replay_gives_the_same_totals(batch):
    totals = Counter()

    def count(given):
        for event in given if batch else [given]:
            transaction.on_commit(lambda event=event: totals.update([(event.store, event.type)]))

    def forget(store):
        for key in [key for key in totals if key[0] == store]:
            del totals[key]

    with subscribed(count, batch=batch, reset=forget):
        for store in ("ABC", "XYZ"):
            tell(12, store)
            tell(5, store, order=f"of {store}")
        deliver()
        before = dict(totals)
        offsets.replay("test")
        deliver()
    expected = {(store, kind): n for store in ("ABC", "XYZ") for kind, n in ((CHANGED, 12), (MADE, 5))}
    assert totals == before == expected
