"""What a bar can take: drinks in the bar = speed × wait."""

import datetime as dt

import pytest

from conftest import make_user, queued
from orders import capacity_advice
from orders.models import Order, Status
from serverlesspresso.core import clock

pytestmark = pytest.mark.django_db


def made(store, bob, *, every_s: int, count: int = 10):
    """Drinks made one after the other, every so many seconds, while somebody waited all the time."""
    now = clock.now()
    for number in range(count):
        ready = now - dt.timedelta(seconds=every_s * (count - number))
        Order.objects.create(
            store=store,
            status=Status.COLLECTED,
            scan_day=now.date(),
            created_at=now - dt.timedelta(hours=1),
            moved_at=now,
            submitted_at=now - dt.timedelta(hours=1),
            queued_at=now - dt.timedelta(hours=1),
            claimed_at=ready - dt.timedelta(seconds=every_s),
            completed_at=ready,
            finished_at=now,
            settled_at=now,
            barista=bob,
        )


def test_nothing_is_advised_before_drinks_were_made(store):
    assert capacity_advice.advice(store) is None


def test_a_drink_a_minute_is_sixty_an_hour_eight_in_eight_minutes_five_a_code(store, bob):
    made(store, bob, every_s=60)
    found = capacity_advice.advice(store)
    assert (found.per_hour, found.more, found.per_code, found.differs) == (60, 8, 5, True)


def test_who_is_on_the_way_takes_room(store, bob):
    made(store, bob, every_s=60)
    for number in range(3):
        queued(make_user(f"Guest{number}"), store)
    assert capacity_advice.advice(store).more == 5


def test_a_bar_that_is_behind_takes_nobody_more(store, bob):
    made(store, bob, every_s=240)
    for number in range(4):
        queued(make_user(f"Guest{number}"), store)
    found = capacity_advice.advice(store)
    assert (found.more, found.per_code) == (0, 1)


def test_drinks_tapped_away_within_seconds_are_no_speed(store, bob):
    made(store, bob, every_s=1)
    found = capacity_advice.advice(store)
    assert (found.per_hour, found.more, found.per_code) == (180, 20, 15)


def test_two_pairs_of_hands_make_more_than_one(store, bob, dana):
    made(store, bob, every_s=1)
    Order.objects.filter(pk__in=list(Order.objects.values_list("pk", flat=True)[:5])).update(barista=dana)
    assert capacity_advice.advice(store).per_hour == 360


def test_it_stays_below_the_places(store, bob):
    type(store).objects.update(capacity=3)
    store.refresh_from_db()
    made(store, bob, every_s=20)
    queued(make_user("Guest"), store)
    found = capacity_advice.advice(store)
    assert (found.more, found.per_code) == (2, 3)


def test_what_fits_already_is_left_alone(store, bob):
    store.per_code = 5
    store.save()
    made(store, bob, every_s=60)
    assert not capacity_advice.advice(store).differs
