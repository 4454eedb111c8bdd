"""The clock runs two hours ahead and is set right: nothing waits for two hours, nothing ends too soon."""

import datetime as dt

import pytest
from django.core.cache import cache

from config import schedule, services
from config.models import Store
from config.timetable import Hours
from conftest import choosing, make_user, making, queued, ready, scanned
from display import qr_codes, wall_proof
from display.models import Hold
from orders import commands, invitations, presence, processor, waiting_list
from orders.models import Heartbeat, Invite, Order, Status
from orders.sweep import sweep
from serverlesspresso.accounts.identity import Person
from serverlesspresso.core import clock
from serverlesspresso.core.errors import Refusal
from serverlesspresso.events.delivery import dead_letters
from serverlesspresso.events.log.publish import latest_sequence
from serverlesspresso.events.models import Event, Parked, Subscription

pytestmark = pytest.mark.django_db
AHEAD_S = 2 * 3600


@pytest.fixture(autouse=True)
def ahead(db):
    """The clock is ahead, and the sweep runs."""
    clock.advance(AHEAD_S)
    sweep()


def set_right() -> None:
    """The last sweep was this moment; the next one sees the right clock."""
    sweep()
    clock.advance(-AHEAD_S)
    sweep()


def status(order) -> str:
    return processor.load(order.pk).status


def pass_s(seconds: float) -> None:
    """So much time, without a gap in which no sweep runs."""
    while seconds > 0:
        clock.advance(min(seconds, 100))
        sweep()
        seconds -= 100


def test_a_heartbeat_is_of_the_right_clock_again_at_once():
    set_right()
    assert abs(Heartbeat.objects.get(name="sweep").at - clock.now()) < dt.timedelta(seconds=1)


@pytest.mark.parametrize(
    ("bring", "length", "then"),
    [
        (lambda alice, store, bob: choosing(alice, store), 300, Status.TIMED_OUT),
        (lambda alice, store, bob: queued(alice, store), 900, Status.TIMED_OUT),
        (making, 900, Status.QUEUED),
        (ready, 600, Status.COLLECTED),
    ],
    ids=["to choose", "for a barista", "to make it", "to collect it"],
)
def test_each_clock_runs_out_when_it_would_have(alice, bob, store, bring, length, then):
    order = bring(alice, store, bob)
    clock.advance(100)
    was = status(order)
    set_right()
    pass_s(length - 105)
    assert status(order) == was
    pass_s(10)
    assert status(order) == then


def test_a_pause_goes_on_and_the_queue_waits_on_behind_it(alice, bob, store):
    order = queued(alice, store)
    services.set_status(store, paused=True)
    set_right()
    pass_s(2000)
    assert status(order) == Status.QUEUED
    store.refresh_from_db()
    services.set_status(store, paused=False)
    pass_s(890)
    assert status(order) == Status.QUEUED
    pass_s(20)
    assert status(order) == Status.TIMED_OUT


def test_an_order_between_two_steps_is_driven_on(alice, store):
    order = scanned(alice, store)
    set_right()
    pass_s(3)
    assert status(order) == Status.CHOOSING


def test_the_books_of_an_order_that_ended_are_settled(alice, bob, store):
    order = commands.cancel(queued(alice, store), by=bob)
    set_right()
    pass_s(3)
    assert processor.load(order.pk).settled_at


def test_what_an_order_did_by_the_right_clock_before_anybody_noticed_stays(alice, bob, store):
    order = making(alice, store, bob)
    sweep()
    clock.advance(-AHEAD_S)
    commands.complete(processor.load(order.pk), by=bob)
    sweep()
    pass_s(500)
    assert status(order) == Status.READY


def test_a_hold_goes_back_and_a_code_of_the_wrong_clock_is_dead(store):
    code = qr_codes.current_code(store)
    qr_codes.take_hold(code, browser="somebody")
    set_right()
    with pytest.raises(Refusal) as refused:
        qr_codes.take_hold(qr_codes.find_code(code.token), browser="another")
    assert refused.value.code == "code_expired"
    assert qr_codes.current_code(store) != code
    pass_s(305)
    assert Hold.objects.get().returned_at


def test_scans_of_the_wrong_clock_do_not_count_for_longer_than_an_hour(store):
    for _ in range(qr_codes.HOLDS_AN_HOUR):
        qr_codes.take_hold(qr_codes.current_code(store), browser="somebody")
    set_right()
    pass_s(3601)
    assert qr_codes.take_hold(qr_codes.current_code(store), browser="somebody")


def test_an_offer_of_the_waiting_list_ends_in_its_two_minutes(alice, store):
    code = qr_codes.current_code(store)
    for number in range(code.remaining):
        qr_codes.take_hold(code, browser=f"browser {number}")
    turn = waiting_list.join(store, Person(alice), wall_proof.proof(code))
    pass_s(store.code_s)
    turn.refresh_from_db()
    assert turn.offered_until
    set_right()
    pass_s(waiting_list.OFFER_LASTS.total_seconds() + 5)
    turn.refresh_from_db()
    assert turn.ended_at


def test_an_invitation_is_good_no_longer_than_it_says(bob, store):
    invitation = invitations.make(store, by=bob)
    lasts = invitation.expires_at - invitation.made_at
    set_right()
    left = Invite.objects.get(pk=invitation.pk).expires_at - clock.now()
    assert abs(left - lasts) < dt.timedelta(seconds=5)


def test_last_orders_are_over_when_they_would_have_been(store):
    services.call_last_orders(store, 10)
    set_right()
    pass_s(595)
    assert Store.objects.get().is_open
    pass_s(10)
    assert not Store.objects.get().is_open


def test_the_hours_decide_anew_what_they_did_by_the_wrong_clock(store):
    today = store.local_day(clock.now()) + dt.timedelta(days=1)
    opens = dt.datetime.combine(today, dt.time(9), dt.UTC)
    clock.advance((opens - clock.now()).total_seconds() - 3 * 3600)
    store.is_open = False
    store.save()
    schedule.set_hours(store, [Hours(day, dt.time(9), dt.time(17)) for day in range(7)])
    pass_s(3 * 3600 + 60)  # nine by the wrong clock, seven by the right one
    assert Store.objects.get().is_open
    set_right()
    assert not Store.objects.get().is_open
    pass_s(2 * 3600)
    assert Store.objects.get().is_open


def test_a_bar_nobody_is_behind_still_pauses_itself(store):
    presence.note([store.slug])
    set_right()
    for _ in range(20):
        pass_s(5)
    assert Store.objects.get().paused_by_itself


def test_what_a_subscriber_could_not_take_is_tried_again_in_time(alice, store):
    choosing(alice, store)
    name = Subscription.objects.create(name="slow", created_at=clock.now()).name
    dead_letters.park(name, Event.objects.first(), ValueError("no"))
    set_right()
    clock.advance(5)
    assert dead_letters.due(name, 10) == list(Parked.objects.filter(subscription=name))


def test_who_tried_too_often_is_not_locked_out_for_longer():
    cache.set("tries", 5, 60)
    set_right()
    assert cache.get("tries") is None


def test_the_log_goes_on_by_the_right_clock(alice, store):
    choosing(alice, store)
    set_right()
    commands.withdraw(Order.objects.get(), by=alice)
    assert Event.objects.get(sequence=latest_sequence(store.slug)).at <= clock.now()


def test_a_little_set_back_the_logs_times_wait(alice, bob, store):
    order = queued(alice, store)
    sweep()
    clock.advance(-60)
    sweep()
    commands.claim(order, by=bob)
    times = list(Event.objects.order_by("sequence").values_list("at", flat=True))
    assert times == sorted(times)


def test_set_forward_by_hours_nobodys_time_is_over(alice, store):
    order = choosing(alice, store)
    sweep()
    clock.advance(AHEAD_S)
    sweep()
    assert status(order) == Status.CHOOSING
    pass_s(305)
    assert status(order) == Status.TIMED_OUT


def test_a_sweep_that_began_before_leaves_the_jump_to_the_next(alice, store):
    from orders import deadlines

    sweep()
    clock.advance(-AHEAD_S)
    deadlines.record_heartbeat()
    assert Heartbeat.objects.get(name="sweep").at > clock.now()
    assert deadlines.shift_after_downtime()


def test_a_scan_notices_it_without_a_sweep(alice, store):
    order = choosing(alice, store)
    sweep()
    clock.advance(-AHEAD_S)
    scanned(make_user("Another"), store)
    assert processor.load(order.pk).deadline_at < clock.now() + dt.timedelta(seconds=310)
