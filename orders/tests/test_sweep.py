"""The sweep picks up whatever a lost message left behind."""

import pytest

from conftest import Queries, choosing, make_user, queued, scanned
from display import qr_codes
from display.models import Hold
from orders import commands, processor, workflow
from orders.models import Heartbeat, Status
from orders.sweep import sweep
from serverlesspresso.core import clock
from serverlesspresso.events.models import Event

pytestmark = pytest.mark.django_db


def test_an_order_lost_while_validating_is_driven_on_after_two_seconds(alice, store):
    order = scanned(alice, store)
    clock.advance(1)
    sweep()
    assert processor.load(order.pk).status == Status.VALIDATING
    clock.advance(1)
    sweep()
    assert processor.load(order.pk).status == Status.CHOOSING


def test_a_submitted_order_lost_between_its_steps_is_driven_on_with_the_same_number(alice, store):
    order = commands.submit(choosing(alice, store), drink="Espresso", modifiers=[], by=alice)
    workflow.assign_number(order.pk)
    clock.advance(2)
    sweep()
    order = processor.load(order.pk)
    assert (order.status, order.number) == (Status.QUEUED, 1)


def test_unsettled_books_are_settled_within_two_seconds(alice, bob, store):
    order = commands.cancel(queued(alice, store), by=bob)
    clock.advance(1)
    sweep()
    assert processor.load(order.pk).settled_at
    assert Event.objects.filter(order=order.pk).last().type == "OrderProcessor.OrderFinished"


def test_an_unused_hold_goes_back_after_five_minutes_but_one_in_use_does_not(alice, store):
    code = qr_codes.current_code(store)
    qr_codes.take_hold(code, browser="somebody")
    choosing(alice, store)
    clock.advance(299)
    sweep()
    code.refresh_from_db()
    assert code.remaining == 8
    clock.advance(2)
    sweep()
    clock.advance(1)
    sweep()
    code.refresh_from_db()
    assert code.remaining == 9 + 1  # Alice's clock ran out too
    assert Hold.objects.filter(returned_at=None).count() == 0


def test_one_bad_order_does_not_hold_up_the_rest(alice, charlie, store, monkeypatch):
    bad, good = scanned(alice, store), scanned(charlie, store)
    real = workflow.run

    def breaks(steps, order_id):
        if order_id == bad.pk:
            raise RuntimeError("broken")
        real(steps, order_id)

    monkeypatch.setattr(workflow, "run", breaks)
    clock.advance(3)
    sweep()
    assert processor.load(good.pk).status == Status.CHOOSING


def test_it_says_when_it_ran(store):
    sweep()
    assert Heartbeat.objects.get(name="sweep").at <= clock.now()


def test_it_costs_the_same_however_many_orders_have_ended(alice, bob, store, django_assert_num_queries):
    sweep()
    with Queries() as before:
        sweep()
    for n in range(5):
        workflow.settle(
            commands.collect(commands.complete(queued(make_user(f"Guest{n}"), store), by=bob), by=bob).pk
        )
    with django_assert_num_queries(len(before)):
        sweep()
