"""What people do to an order: every act, again, too late, and by the wrong person at the right time."""

import pytest

from config.services import set_available
from conftest import choosing, making, queued, ready, scanned
from orders import commands, processor, workflow
from orders.errors import OrderError
from orders.models import Grant, Order, Status
from serverlesspresso.core import clock
from serverlesspresso.core.errors import Invalid, Refusal
from serverlesspresso.events.models import Event

pytestmark = pytest.mark.django_db


def count(type="") -> int:
    return Event.objects.filter(type__contains=type).count()


class TestSubmitting:
    def test_an_order_still_validating_is_driven_on_first(self, alice, store):
        order = commands.submit(scanned(alice, store), drink="Espresso", modifiers=[], by=alice)
        assert order.status == Status.SUBMITTED

    @pytest.mark.parametrize(("act", "then"), [(commands.claim, "making"), (commands.complete, "ready")])
    def test_a_barista_who_is_quicker_than_the_chain_is_not_refused(self, alice, bob, store, act, then):
        order = commands.submit(choosing(alice, store), drink="Espresso", modifiers=[], by=alice)
        assert order.number is None
        done = act(order, by=bob)
        assert (done.status, done.number) == (then, 1)
        assert count("WaitingCompletion") == 1

    def test_and_the_chain_that_comes_later_changes_nothing(self, bob, store):
        typed = commands.walk_up(store, by=bob, drink="Espresso", modifiers=[])
        done = commands.claim(typed, by=bob)
        workflow.run(workflow.QUEUE, typed.pk)
        assert processor.load(typed.pk).version == done.version
        assert processor.load(typed.pk).number == 1

    def test_twice_is_one_order_that_is_driven_on_into_the_queue(self, alice, store):
        order = choosing(alice, store)
        commands.submit(order, drink="Espresso", modifiers=[], by=alice)
        for _ in range(2):
            order = commands.submit(processor.load(order.pk), drink="Espresso", modifiers=[], by=alice)
            assert (order.status, order.number) == (Status.QUEUED, 1)
        assert count("OrderChanged") == 0

    @pytest.mark.parametrize(
        ("drink", "modifiers", "field"),
        [
            ("Tea", [], "drink"),
            ("", [], "drink"),
            ("Cappuccino", [], "modifiers"),
            ("Cappuccino", ["Oat", "Regular"], "modifiers"),
            ("Cappuccino", ["Oat", "Oat"], "modifiers"),
            ("Cappuccino", ["Gold"], "modifiers"),
            ("Espresso", ["Oat"], "modifiers"),
        ],
    )
    def test_what_the_menu_does_not_have_is_refused_by_field(self, alice, store, drink, modifiers, field):
        order = choosing(alice, store)
        with pytest.raises(Invalid) as refusal:
            commands.submit(order, drink=drink, modifiers=modifiers, by=alice)
        assert list(refusal.value.errors) == [field]
        assert processor.load(order.pk).version == order.version

    def test_a_sold_out_drink_is_refused(self, alice, store):
        order = choosing(alice, store)
        set_available(store, "Espresso", False)
        with pytest.raises(Refusal, match="Espresso is sold out") as refusal:
            commands.submit(order, drink="Espresso", modifiers=[], by=alice)
        assert (refusal.value.code, refusal.value.status) == ("sold_out", 409)

    def test_a_sold_out_option_is_refused(self, alice, store):
        set_available(store, "Cappuccino", False, option="Oat")
        with pytest.raises(Refusal, match="Oat is sold out"):
            commands.submit(choosing(alice, store), drink="Cappuccino", modifiers=["Oat"], by=alice)

    def test_after_the_customers_clock_ran_out_it_is_too_late_even_if_no_sweep_ran(self, alice, store):
        order = choosing(alice, store)
        clock.advance(store.customer_s)
        with pytest.raises(OrderError) as refusal:
            commands.submit(order, drink="Espresso", modifiers=[], by=alice)
        assert refusal.value.order_status == Status.TIMED_OUT

    def test_a_second_before_the_end_is_in_time(self, alice, store):
        order = choosing(alice, store)
        clock.advance(store.customer_s - 1)
        assert commands.submit(order, drink="Espresso", modifiers=[], by=alice).status == Status.SUBMITTED


class TestSwapping:
    def test_a_waiting_drink_is_swapped_and_keeps_its_place(self, alice, charlie, store):
        order = queued(alice, store)
        queued(charlie, store)
        swapped = commands.submit(order, drink="Cappuccino", modifiers=["Oat"], by=alice)
        assert (swapped.drink, swapped.modifiers, swapped.number) == ("Cappuccino", ["Oat"], 1)
        assert (swapped.place, swapped.queued_clock) == (order.place, order.queued_clock)
        assert count("OrderChanged") == 1

    def test_the_same_drink_again_tells_nothing(self, alice, store):
        order = queued(alice, store)
        assert commands.submit(order, drink="Espresso", modifiers=[], by=alice).version == order.version
        assert count("OrderChanged") == 0

    def test_once_it_is_being_made_it_is_too_late(self, alice, bob, store):
        order = queued(alice, store)
        commands.claim(order, by=bob)
        with pytest.raises(OrderError, match="Bob is already making") as refusal:
            commands.submit(order, drink="Cappuccino", modifiers=["Oat"], by=alice)
        assert refusal.value.order_status == Status.MAKING
        assert processor.load(order.pk).drink == "Espresso"


class TestMoreTime:
    def test_the_whole_time_is_given_again_ten_times_at_most(self, alice, store):
        order = choosing(alice, store)
        for _ in range(10):
            clock.advance(store.customer_s - 1)
            order = commands.extend(order, by=alice)
        with pytest.raises(OrderError) as refusal:
            commands.extend(order, by=alice)
        assert refusal.value.code == "no_more_time"
        assert order.extensions == 10

    def test_two_clicks_at_once_count_once(self, alice, store):
        order = choosing(alice, store)
        commands.extend(order, by=alice)
        assert commands.extend(order, by=alice).extensions == 1


class TestWithdrawing:
    def test_the_owner_may_until_making_starts(self, alice, bob, store):
        order = queued(alice, store)
        assert commands.withdraw(order, by=alice).status == Status.CANCELLED

    def test_not_once_it_is_being_made(self, alice, bob, store):
        order = making(alice, store, bob)
        with pytest.raises(OrderError):
            commands.withdraw(order, by=alice)
        assert processor.load(order.pk).status == Status.MAKING

    def test_twice_is_fine_and_told_once(self, alice, store):
        order = queued(alice, store)
        commands.withdraw(order, by=alice)
        assert commands.withdraw(order, by=alice).status == Status.CANCELLED
        assert count("OrderCancelled") == 1

    def test_what_a_barista_cancelled_the_owner_cannot_cancel_again(self, alice, bob, store):
        order = queued(alice, store)
        commands.cancel(order, by=bob)
        with pytest.raises(OrderError):
            commands.withdraw(order, by=alice)


class TestClaiming:
    def test_twice_by_the_same_barista_is_told_once(self, alice, bob, store):
        order = queued(alice, store)
        assert commands.claim(order, by=bob) == commands.claim(order, by=bob)
        assert count("MakeOrder") == 1

    def test_a_colleague_is_told_who_was_first(self, alice, bob, dana, store):
        order = queued(alice, store)
        commands.claim(order, by=bob)
        with pytest.raises(OrderError, match="Bob"):
            commands.claim(order, by=dana)
        assert processor.load(order.pk).barista == bob

    def test_taking_over_is_an_explicit_act(self, alice, bob, dana, store):
        order = making(alice, store, bob)
        taken = commands.claim(order, by=dana, take_over=True)
        assert taken.barista == dana
        assert Event.objects.filter(type="OrderManager.MakeOrder").last().data["take_over"] is True

    def test_a_released_order_goes_back_to_its_place(self, alice, bob, charlie, store):
        order = queued(alice, store)
        queued(charlie, store)
        released = commands.release(commands.claim(order, by=bob), by=bob)
        assert (released.status, released.barista, released.place) == (Status.QUEUED, None, order.place)


class TestCompleting:
    def test_straight_from_the_queue(self, alice, bob, store):
        order = commands.complete(queued(alice, store), by=bob)
        assert (order.status, order.barista) == (Status.READY, bob)

    def test_a_claim_that_ran_out_keeps_nobody_from_finishing(self, alice, bob, store):
        order = making(alice, store, bob)
        clock.advance(store.claim_s + 1)
        assert commands.complete(order, by=bob).status == Status.READY

    def test_a_cancelled_order_cannot_be_completed(self, alice, bob, store):
        order = making(alice, store, bob)
        commands.cancel(order, by=bob)
        with pytest.raises(OrderError) as refusal:
            commands.complete(order, by=bob)
        assert refusal.value.order_status == Status.CANCELLED

    def test_a_recall_brings_it_back_for_ten_minutes(self, alice, bob, store):
        store.pickup_s = 3600
        store.save()
        order = ready(alice, store, bob)
        clock.advance(599)
        order = commands.recall(order, by=bob)
        assert (order.status, order.barista, order.completed_at) == (Status.MAKING, bob, None)
        order = commands.complete(order, by=bob)
        clock.advance(600)
        with pytest.raises(Refusal) as refusal:
            commands.recall(order, by=bob)
        assert (refusal.value.code, refusal.value.order_status) == ("too_late_to_recall", Status.READY)


class TestCancelling:
    @pytest.mark.parametrize("make", [scanned, choosing, queued])
    def test_staff_may_before_it_is_made(self, alice, bob, store, make):
        order = commands.cancel(make(alice, store), by=bob, reason="other", text="Out of cups")
        assert (order.status, order.reason_text) == (Status.CANCELLED, "Out of cups")

    @pytest.mark.parametrize("make", [making, ready])
    def test_staff_may_after(self, alice, bob, store, make):
        assert commands.cancel(make(alice, store, bob), by=bob).status == Status.CANCELLED

    def test_twice_by_the_same_barista_is_told_once_by_another_is_refused(self, alice, bob, dana, store):
        order = queued(alice, store)
        commands.cancel(order, by=bob)
        commands.cancel(order, by=bob)
        assert count("OrderCancelled") == 1
        with pytest.raises(OrderError):
            commands.cancel(order, by=dana)


class TestStaffHelp:
    def test_a_walk_up_joins_the_queue_beyond_its_capacity(self, alice, bob, store, on_commit):
        store.capacity = 1
        store.save()
        queued(alice, store)
        with on_commit():
            order = commands.walk_up(store, by=bob, drink="Espresso", modifiers=[], name="Eve")
        order = processor.load(order.pk)
        assert (order.status, order.number, order.customer) == (Status.QUEUED, 2, None)

    def test_a_remake_takes_the_old_place_and_a_new_number(self, alice, bob, charlie, store):
        old = commands.collect(ready(alice, store, bob), by=bob)
        waiting = queued(charlie, store)
        again = commands.remake(old, by=bob)
        workflow.run(workflow.QUEUE, again.pk)
        again = processor.load(again.pk)
        assert (again.number, again.place, again.remake_of) == (3, old.place, old)
        assert again.place < waiting.place

    def test_one_more_drink(self, alice, bob, store):
        commands.grant_one_more(commands.collect(ready(alice, store, bob), by=bob), by=bob)
        assert Grant.objects.get().customer == alice
        assert scanned(alice, store).status == Status.VALIDATING

    def test_closing_can_cancel_what_is_live_and_spares_what_is_ready(self, alice, bob, charlie, dana, store):
        waiting, done = queued(alice, store), ready(charlie, store, bob)
        commands.close_store(store, by=dana, cancel_live=True)
        assert processor.load(waiting.pk).reason == "store_closed"
        assert processor.load(done.pk).status == Status.READY
        assert not Order.objects.get(pk=waiting.pk).store.is_open
