"""Numbers: 1, 2, 3 … without gap or repeat, in series, as integers."""

import pytest
from django.db import transaction

from conftest import choosing, make_store, make_user, queued, ready
from orders import commands, counting, processor, queries, workflow
from orders.models import Order, Queue, Status

pytestmark = pytest.mark.django_db


def test_each_store_counts_for_itself(alice, charlie, store):
    assert queued(alice, store).number == 1
    assert queued(charlie, make_store("NYC")).number == 1


def test_a_number_taken_in_a_transaction_that_fails_is_taken_again(bob, store):
    order = commands.walk_up(store, by=bob, drink="Espresso", modifiers=[])
    with pytest.raises(RuntimeError), transaction.atomic():
        counting.next_number(order.pk)
        raise RuntimeError
    assert counting.next_number(order.pk).last_number == 1


def test_no_number_is_taken_for_an_order_that_has_one_or_has_none_to_get(alice, charlie, store):
    for order in (queued(alice, store), choosing(charlie, store)):
        workflow.assign_number(order.pk)
    assert Queue.objects.get(pk=store.pk).last_number == 1


def test_a_new_series_begins_at_one_and_comes_after_the_old(alice, charlie, store):
    old = queued(alice, store)
    counting.start_series(store)
    new = queued(charlie, store)
    assert (new.series, new.number) == (2, 1)
    assert list(queries.queue_of(store, Status.QUEUED)) == [old, new]


def test_a_series_nobody_has_used_is_not_started_again(store):
    counting.start_series(store)
    assert counting.start_series(store).series == 1


def test_nine_comes_before_ten_and_ninety_nine_before_a_hundred(store):
    Queue.objects.create(store=store, last_number=8)
    orders = [queued(make_user("A"), store), queued(make_user("B"), store)]
    Queue.objects.update(last_number=98)
    orders += [queued(make_user("C"), store), queued(make_user("D"), store)]
    assert [order.number for order in queries.queue_of(store, Status.QUEUED)] == [9, 10, 99, 100]
    assert [queries.position(order) for order in orders] == [1, 2, 3, 4]


def test_a_new_series_is_offered_on_a_new_day(alice, store):
    queued(alice, store)
    assert counting.offers_new_series(store) is False
    Queue.objects.update(series_day="2020-01-01")
    assert counting.offers_new_series(store) is True
    counting.start_series(store)
    assert counting.offers_new_series(store) is False


def test_a_number_is_never_given_twice(alice, store):
    order = queued(alice, store)
    Order.objects.filter(pk=order.pk).update(status=Status.SUBMITTED)
    workflow.assign_number(order.pk)
    assert Queue.objects.get(pk=store.pk).last_number == 1


def submitted(user, store) -> Order:
    """An order whose drink is chosen, and of which no step has run yet."""
    return commands.submit(choosing(user, store), drink="Espresso", modifiers=[], by=user)


def numbers(*orders) -> list[int | None]:
    return [processor.load(order.pk).number for order in orders]


def test_numbers_follow_the_order_of_submission_whichever_step_runs_first(alice, bob, charlie, store):
    first = submitted(alice, store)
    second = commands.walk_up(store, by=bob, drink="Espresso", modifiers=[])
    third = submitted(charlie, store)
    later = commands.walk_up(store, by=bob, drink="Espresso", modifiers=[])
    workflow.assign_number(third.pk)
    assert numbers(first, second, third, later) == [1, 2, 3, None]
    for order in (later, second, first):
        workflow.assign_number(order.pk)
    assert numbers(first, second, third, later) == [1, 2, 3, 4]
    assert Queue.objects.get(pk=store.pk).last_number == 4


def test_numbers_leave_out_who_gave_up_before_and_who_waits_elsewhere(alice, bob, charlie, store):
    gone, there = submitted(alice, store), submitted(charlie, make_store("NYC"))
    commands.withdraw(gone, by=alice)
    mine = commands.walk_up(store, by=bob, drink="Espresso", modifiers=[])
    workflow.assign_number(mine.pk)
    assert numbers(gone, there, mine) == [None, None, 1]


def test_numbers_of_those_before_keep_the_place_of_what_is_made_again(alice, bob, store):
    old = ready(alice, store, bob)
    again = commands.remake(old, by=bob)
    mine = commands.walk_up(store, by=bob, drink="Espresso", modifiers=[])
    workflow.assign_number(mine.pk)
    assert numbers(again, mine) == [2, 3]
    assert processor.load(again.pk).place == old.place
