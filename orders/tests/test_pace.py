"""The wait that is promised: measured, a range, and held against us."""

import datetime as dt

import pytest

from conftest import make_user, making, queued
from orders import manager, pace, processor, queries
from orders.models import Order, Status
from orders.pace import Pace, Wait
from serverlesspresso import clock


def made(store, bob, seconds) -> None:
    """So many drinks, waiting from the start, each ready so many seconds after the one before."""
    waiting = [queued(make_user(f"Early{number}"), store) for number, _s in enumerate(seconds)]
    for order, each in zip(waiting, seconds, strict=True):
        manager.claim(order, by=bob)
        clock.advance(each)
        manager.complete(order, by=bob)


def about(wait: Wait | None, seconds: int) -> bool:
    """A test takes time itself."""
    return wait is not None and seconds <= wait.earliest <= wait.latest < seconds + 10


def test_of_few_drinks_nobody_can_say(store, bob):
    made(store, bob, [60, 60, 60])
    assert pace.pace(store) is None
    assert pace.wait(store, 1) is None
    assert pace.room_in(store) is None


def test_a_steady_bar_gives_a_narrow_range(store, bob):
    made(store, bob, [60] * 6)
    assert about(pace.wait(store, 1), 60)
    assert about(pace.wait(store, 4), 240)


def test_the_end_of_the_range_is_the_slow_stretch_not_the_mean():
    now_and_then = Pace((30, 30, 30, 180, 30, 30, 30, 180, 30, 180, 30), (30,), making=0)
    assert now_and_then.wait(1) == Wait(30, 180)


def test_stretches_of_many_drinks_are_measured_as_such():
    """One slow drink in three makes three drinks neither all quick nor all slow."""
    alternating = Pace((30, 30, 120) * 6, (30,), making=0)
    assert alternating.wait(3) == Wait(180, 180)


def test_what_is_being_made_comes_first_and_is_half_done(store, bob):
    steady = Pace((60.0,) * 10, (60.0,), making=2)
    assert steady.wait(1) == Wait(120, 180)


def test_no_drink_is_quicker_than_making_it():
    """Two baristas finish a drink every 30 s, but each takes a minute."""
    assert Pace((30.0,) * 10, (60.0,) * 10, making=0).wait(1) == Wait(60, 60)


def test_an_idle_bar_is_not_a_slow_bar(store, bob):
    for number in range(6):
        order = queued(make_user(f"Late{number}"), store)
        manager.claim(order, by=bob)
        clock.advance(40)
        manager.complete(order, by=bob)
        clock.advance(300)
    assert about(pace.wait(store, 1), 40)


def test_an_hour_later_it_is_forgotten(store, bob):
    made(store, bob, [60] * 6)
    clock.advance(3601)
    assert pace.pace(store) is None


def test_a_promise_is_in_whole_minutes_rounded_outwards():
    now = dt.datetime(2026, 11, 22, 10, 40, 30, tzinfo=dt.UTC)
    start, end = Wait(100, 200).between(now)
    assert (start.minute, end.minute, end.second) == (42, 44, 0)
    assert Wait(90, 210).between(now) == (now.replace(minute=42, second=0), now.replace(minute=44, second=0))


def test_what_is_promised_is_kept_with_the_order(store, bob, alice):
    assert queued(alice, store).promised_to is None
    made(store, bob, [60] * 6)
    order = queued(make_user("Later"), store)
    assert order.promised_from <= clock.now() + dt.timedelta(seconds=120) <= order.promised_to


@pytest.mark.parametrize(("seconds", "kept"), [(120, "kept"), (1, "early"), (600, "late")])
def test_the_report_says_how_often_it_was_kept(store, bob, seconds, kept):
    made(store, bob, [120] * 6)
    order = queued(make_user("Later"), store)
    clock.advance(seconds)
    manager.complete(order, by=bob)
    report = queries.promises_kept(store)
    assert (report.made, getattr(report, kept)) == (1, 1)
    assert report.share == (0 if kept == "late" else 1)


def test_who_still_waits_when_the_range_is_over_was_told_wrong(store, bob):
    made(store, bob, [60] * 6)
    making(make_user("Later"), store, bob)
    assert queries.promises_kept(store).made == 0
    clock.advance(600)
    assert queries.promises_kept(store).late == 1


def test_a_drink_nobody_made_counts_as_late_and_a_cancelled_one_not_at_all(store, bob):
    made(store, bob, [60] * 6)
    one, other = queued(make_user("One"), store), queued(make_user("Other"), store)
    manager.withdraw(one, by=one.customer)
    Order.objects.filter(pk=other.pk).update(status=Status.TIMED_OUT, finished_at=clock.now())
    report = queries.promises_kept(store, scan_day=store.local_day(clock.now()))
    assert (report.made, report.late) == (1, 1)


def test_without_promises_there_is_no_share(store):
    assert queries.promises_kept(store).share is None


def test_a_swap_keeps_the_promise(store, bob):
    made(store, bob, [60] * 6)
    order = queued(make_user("Later"), store)
    manager.submit(order, drink="Cappuccino", modifiers=["Oat"], by=order.customer)
    assert processor.load(order.pk).promised_to == order.promised_to
