"""Every clock of the rule book: to the second, while paused, after a gap, and without a sweep."""

import datetime as dt

import pytest

from config import services
from conftest import choosing, make_store, make_user, making, queued, ready, scanned
from display.models import Hold
from orders import commands, deadlines, processor, workflow
from orders.errors import OrderError
from orders.models import Heartbeat, Order, Queue, Status
from orders.sweep import sweep
from serverlesspresso.core import clock
from serverlesspresso.events.models import Event

pytestmark = pytest.mark.django_db


def status(order) -> str:
    return processor.load(order.pk).status


def test_the_customers_clock(alice, store):
    order = choosing(alice, store)
    clock.advance(299)
    sweep()
    assert status(order) == Status.CHOOSING
    clock.advance(2)
    sweep()
    ended = processor.load(order.pk)
    assert (ended.status, ended.reason) == (Status.TIMED_OUT, "customer_timeout")
    assert Event.objects.get(type="OrderProcessor.OrderTimeOut").data["clock"] == "customer"


def test_a_claim_that_ran_out_goes_back_to_its_place(alice, bob, store):
    order = making(alice, store, bob)
    clock.advance(901)
    sweep()
    back = processor.load(order.pk)
    assert (back.status, back.barista, back.place) == (Status.QUEUED, None, order.place)


def test_a_ready_drink_nobody_collects(alice, bob, store):
    order = ready(alice, store, bob)
    clock.advance(601)
    sweep()
    assert (status(order), processor.load(order.pk).reason) == (Status.COLLECTED, "not_collected")


class TestTheBaristasClock:
    def test_runs_out_when_no_barista_does_anything(self, alice, store):
        order = queued(alice, store)
        clock.advance(899)
        sweep()
        assert status(order) == Status.QUEUED
        clock.advance(2)
        sweep()
        assert (status(order), processor.load(order.pk).reason) == (Status.TIMED_OUT, "barista_timeout")

    def test_is_wound_up_by_any_claim_completion_or_cancellation_at_the_store(self, alice, bob, store):
        order = queued(alice, store)
        others = [queued(make_user(f"Guest{n}"), store) for n in range(3)]
        clock.advance(600)
        commands.claim(others[0], by=bob)
        clock.advance(600)
        commands.complete(others[0], by=bob)
        clock.advance(600)
        commands.cancel(others[1], by=bob)
        clock.advance(899)
        sweep()
        assert status(order) == Status.QUEUED
        clock.advance(2)
        sweep()
        assert status(order) == status(others[2]) == Status.TIMED_OUT

    def test_is_not_wound_up_by_an_act_that_came_too_late(self, alice, bob, charlie, store):
        order = queued(alice, store)
        gone = commands.withdraw(queued(charlie, store), by=charlie)
        clock.advance(600)
        with pytest.raises(OrderError):
            commands.complete(gone, by=bob)
        assert Queue.objects.get(pk=store.pk).active_clock is None
        clock.advance(301)
        sweep()
        assert status(order) == Status.TIMED_OUT

    def test_is_another_stores_own(self, alice, store):
        other = make_store("NYC")
        order = queued(alice, store)
        eve = make_user("Eve", other, "barista")
        elsewhere = queued(make_user("Frank"), other)
        clock.advance(600)
        commands.claim(elsewhere, by=eve)
        clock.advance(301)
        sweep()
        assert status(order) == Status.TIMED_OUT

    def test_stands_still_while_the_store_is_paused(self, alice, store):
        order = queued(alice, store)
        clock.advance(800)
        services.set_status(store, paused=True)
        clock.advance(3600)
        Heartbeat.objects.update(at=clock.now())
        sweep()
        assert status(order) == Status.QUEUED
        assert deadlines.deadline(processor.load(order.pk), None) is None
        services.set_status(store, paused=False)
        clock.advance(99)
        sweep()
        assert status(order) == Status.QUEUED
        clock.advance(2)
        sweep()
        assert status(order) == Status.TIMED_OUT

    def test_of_an_order_queued_during_a_pause_begins_when_it_ends(self, alice, store):
        order = choosing(alice, store)
        services.set_status(store, paused=True)
        clock.advance(100)
        order = commands.submit(processor.load(order.pk), drink="Espresso", modifiers=[], by=alice)
        workflow.run(workflow.QUEUE, order.pk)
        clock.advance(100)
        resumed = clock.now()
        services.set_status(store, paused=False)
        deadline = deadlines.deadline(processor.load(order.pk), None)
        assert abs((deadline - resumed).total_seconds() - 900) < 1

    def test_a_claim_after_the_clock_ran_out_comes_too_late_even_without_a_sweep(self, alice, bob, store):
        order = queued(alice, store)
        clock.advance(901)
        with pytest.raises(OrderError) as refusal:
            commands.claim(order, by=bob)
        assert refusal.value.order_status == Status.TIMED_OUT


class TestPatience:
    """The baristas' clock in a pause that the bar took by itself, because nobody was there."""

    @pytest.fixture
    def order(self, alice, store):
        """Queued 100 s ago at a bar that paused itself this moment."""
        order = queued(alice, store)
        clock.advance(100)
        assert services.pause_by_itself(store)
        return order

    @staticmethod
    def let_pass(seconds):
        clock.advance(seconds)
        Heartbeat.objects.update(at=clock.now())
        sweep()

    def test_goes_on_so_that_nobody_waits_at_a_deserted_bar_for_ever(self, order):
        assert deadlines.deadline(processor.load(order.pk), None) == order.queued_at + dt.timedelta(
            seconds=900
        )
        self.let_pass(795)
        assert status(order) == Status.QUEUED
        self.let_pass(10)
        assert (status(order), processor.load(order.pk).reason) == (Status.TIMED_OUT, "barista_timeout")

    def test_gains_nothing_when_somebody_comes_back(self, order, store):
        self.let_pass(400)
        services.resume_by_itself(store)
        assert deadlines.deadline(processor.load(order.pk), None) == order.queued_at + dt.timedelta(
            seconds=900
        )
        self.let_pass(405)
        assert status(order) == Status.TIMED_OUT

    def test_stands_still_as_soon_as_somebody_says_that_the_pause_is_meant(self, order, store):
        self.let_pass(400)
        services.set_status(store, paused=True)
        self.let_pass(3600)
        assert status(order) == Status.QUEUED
        assert deadlines.deadline(processor.load(order.pk), None) is None
        services.set_status(store, paused=False)
        self.let_pass(395)
        assert status(order) == Status.QUEUED
        self.let_pass(10)
        assert status(order) == Status.TIMED_OUT

    def test_is_not_spent_by_a_laptop_that_slept(self, order, store):
        sweep()
        clock.advance(3600)
        sweep()
        assert status(order) == Status.QUEUED
        services.resume_by_itself(store)
        left = deadlines.deadline(processor.load(order.pk), None) - clock.now()
        assert 790 < left.total_seconds() < 801


class TestAGap:
    @pytest.fixture
    def slept(self, store):
        sweep()

        def sleep(seconds):
            clock.advance(seconds)

        return sleep

    def test_of_more_than_five_minutes_moves_every_deadline(self, alice, bob, charlie, store, slept):
        orders = [choosing(alice, store), queued(charlie, store), ready(make_user("Eve"), store, bob)]
        Queue.objects.update(active_clock=None)
        slept(8 * 3600)
        sweep()
        assert [status(order) for order in orders] == [Status.CHOOSING, Status.QUEUED, Status.READY]
        moved = processor.load(orders[0].pk).deadline_at - orders[0].deadline_at
        assert 8 * 3600 <= moved.total_seconds() < 8 * 3600 + 60  # the gap, and what the test itself took

    def test_moves_them_for_the_first_click_too(self, alice, store, slept):
        order = choosing(alice, store)
        slept(3600)
        with pytest.raises(OrderError):
            commands.submit(order, drink="Espresso", modifiers=[], by=alice)
        assert status(order) == Status.CHOOSING
        assert commands.submit(processor.load(order.pk), drink="Espresso", modifiers=[], by=alice)

    def test_moves_holds_too(self, alice, store, slept):
        order = scanned(alice, store)
        Hold.objects.update(used_at=None)
        slept(3600)
        sweep()
        assert Hold.objects.get(pk=order.hold_id).returned_at is None

    def test_of_less_moves_none(self, alice, store, slept):
        order = choosing(alice, store)
        slept(299)
        before = order.deadline_at
        sweep()
        assert processor.load(order.pk).deadline_at == before

    def test_is_made_up_for_once(self, alice, store, slept):
        order = choosing(alice, store)
        slept(3600)
        assert deadlines.shift_after_downtime() is True
        assert deadlines.shift_after_downtime() is False
        assert abs((processor.load(order.pk).deadline_at - order.deadline_at).total_seconds() - 3600) < 2


def test_exactly_one_of_command_and_timeout_can_reach_an_order_at_any_moment(alice, bob, store):
    orders = [choosing(alice, store), queued(make_user("Eve"), store), ready(make_user("Frank"), store, bob)]
    queue = Queue.objects.get(pk=store.pk)
    for step in range(0, 1000, 7):
        now = orders[0].created_at + dt.timedelta(seconds=step)
        reach = Order.objects.filter(deadlines.in_time(store, queue, now))
        ended = Order.objects.filter(deadlines.overdue(store, queue, now))
        assert {order.pk for order in reach} ^ {order.pk for order in ended} == {order.pk for order in orders}
        assert not {order.pk for order in reach} & {order.pk for order in ended}


def test_an_order_asked_for_more_time_between_the_look_and_the_timeout_lives(alice, store):
    order = choosing(alice, store)
    clock.advance(299)
    commands.extend(order, by=alice)
    clock.advance(2)
    assert deadlines.time_out(order.pk) is None
    assert status(order) == Status.CHOOSING
