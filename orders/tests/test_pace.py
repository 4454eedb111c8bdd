"""The wait that is promised: measured, a range, and held against us."""

import datetime as dt

import pytest

from config import services
from config.models import Store
from conftest import make_user, making, queued
from orders import capacity_advice, commands, presenters, processor, queries, wait_times, workflow
from orders.models import Heartbeat, Order, Status
from orders.serializers import describe
from orders.wait_times import Pace, Wait
from serverlesspresso.core import clock


def made(store, bob, seconds) -> None:
    """So many drinks, waiting from the start, each ready so many seconds after the one before."""
    typed = [commands.walk_up(store, by=bob, drink="Espresso", modifiers=[]) for _second in seconds]
    for order in typed:
        workflow.run(workflow.QUEUE, order.pk)
    for order, each in zip(typed, seconds, strict=True):
        commands.claim(processor.load(order.pk), by=bob)
        clock.advance(each)
        commands.complete(processor.load(order.pk), by=bob)


def about(wait: Wait | None, seconds: int) -> bool:
    """A test takes time itself."""
    return wait is not None and seconds <= wait.earliest <= wait.latest < seconds + 10


def test_of_few_drinks_nobody_can_say(store, bob):
    made(store, bob, [60, 60, 60])
    assert wait_times.pace(store) is None
    assert wait_times.wait(store, 1) is None
    assert wait_times.room_in(store) is None


def test_a_steady_bar_gives_a_narrow_range(store, bob):
    made(store, bob, [60] * 6)
    assert about(wait_times.wait(store, 1), 60)
    assert about(wait_times.wait(store, 4), 240)


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
        commands.claim(order, by=bob)
        clock.advance(40)
        commands.complete(order, by=bob)
        clock.advance(300)
    assert about(wait_times.wait(store, 1), 40)


@pytest.mark.parametrize("pause", [lambda s: services.set_status(s, paused=True), services.pause_by_itself])
def test_an_hours_pause_changes_no_estimate(store, bob, pause):
    made(store, bob, [60] * 3)
    # one drink is on the bar, and somebody waits, while nobody is there
    on_the_bar = making(make_user("Early"), store, bob)
    waits = queued(make_user("Patient"), store)
    pause(store)
    clock.advance(3600)
    Heartbeat.objects.update(at=clock.now())
    services.set_status(store, paused=False)
    clock.advance(60)
    commands.complete(processor.load(on_the_bar.pk), by=bob)
    clock.advance(60)
    commands.complete(processor.load(waits.pk), by=bob)
    store.refresh_from_db()
    made(store, bob, [60] * 3)
    assert about(wait_times.wait(store, 3), 180)
    assert wait_times.room_in(store) < 70
    assert 50 < capacity_advice.advice(store).per_hour <= 60


def test_what_was_made_in_a_pause_does_not_make_the_bar_quick(store, bob):
    made(store, bob, [60] * 5)
    services.set_status(store, paused=True)
    made(Store.objects.get(), bob, [30] * 5)
    services.set_status(store, paused=False)
    made(Store.objects.get(), bob, [60] * 2)
    assert about(wait_times.wait(store, 1), 60)


def test_a_pause_breaks_no_promise(store, bob):
    made(store, bob, [60] * 6)
    waits = queued(make_user("Later"), store)
    assert waits.promised_to
    services.set_status(store, paused=True)
    clock.advance(1200)
    assert queries.promises_kept(Store.objects.get()).made == 0
    services.set_status(store, paused=False)
    clock.advance(60)
    commands.complete(processor.load(waits.pk), by=bob)
    assert queries.promises_kept(Store.objects.get()).kept == 1


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        ((50, 70), (1, 1)),
        ((30, 100), (1, 2)),
        ((90, 130), (2, 2)),
        ((200, 390), (3, 7)),
        ((60, 3120), (1, 52)),
    ],
)
def test_what_people_are_told_is_in_minutes_and_never_twice_as_long_at_its_end(seconds, told):
    wait = Wait(*seconds)
    assert wait.minutes == told
    assert wait.is_honest == (told[1] <= 2 * told[0])


def test_a_range_too_wide_to_be_told_is_not_told_or_promised(store, bob):
    made(store, bob, [30, 400] * 4)
    assert wait_times.pace(store) is not None
    assert wait_times.wait(store, 1) is None
    assert wait_times.room_in(store) is None
    order = queued(make_user("Later"), store)
    assert order.promised_to is None
    assert describe(order)["eta"] is None


def test_programs_are_told_what_the_phone_says(store, bob):
    made(store, bob, [110] * 6)
    order = queued(make_user("Later"), store)
    shown = presenters.of_place(order)
    assert (shown["earliest"], shown["latest"]) == (2, 2)
    assert describe(order)["eta"] == {"from": 120, "to": 120}


@pytest.mark.parametrize(
    "end",
    [
        lambda store: services.set_status(store, open=False),
        services.pause_by_itself,
        lambda _store: clock.advance(361),
    ],
    ids=["closed", "deserted", "standing still"],
)
def test_nobody_says_when_while_nobody_can_know(store, bob, end):
    made(store, bob, [60] * 6)
    order = queued(make_user("Later"), store)
    assert describe(order)["eta"]
    end(store)
    order = processor.load(order.pk)
    assert describe(order)["eta"] is None
    assert "from_at" not in presenters.of_place(order)
    assert wait_times.room_in(order.store) is None
    assert capacity_advice.advice(order.store) is None


def test_a_pause_by_hand_leaves_the_estimate_while_the_queue_is_worked_off(store, bob):
    made(store, bob, [60] * 6)
    orders = [queued(make_user(name), store) for name in ("One", "Two")]
    services.set_status(store, paused=True)
    clock.advance(300)
    commands.complete(processor.load(orders[0].pk), by=bob)
    clock.advance(300)
    assert describe(processor.load(orders[1].pk))["eta"]
    clock.advance(100)
    assert describe(processor.load(orders[1].pk))["eta"] is None


def test_an_hour_later_it_is_forgotten(store, bob):
    made(store, bob, [60] * 6)
    clock.advance(3601)
    assert wait_times.pace(store) is None


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
    commands.complete(order, by=bob)
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
    commands.withdraw(one, by=one.customer)
    Order.objects.filter(pk=other.pk).update(status=Status.TIMED_OUT, finished_at=clock.now())
    report = queries.promises_kept(store, scan_day=store.local_day(clock.now()))
    assert (report.made, report.late) == (1, 1)


def test_without_promises_there_is_no_share(store):
    assert queries.promises_kept(store).share is None


def test_a_swap_keeps_the_promise(store, bob):
    made(store, bob, [60] * 6)
    order = queued(make_user("Later"), store)
    commands.submit(order, drink="Cappuccino", modifiers=["Oat"], by=order.customer)
    assert processor.load(order.pk).promised_to == order.promised_to
