"""Invitations: good once, for ten minutes, and a priority one beyond the queue."""

import pytest

from conftest import make_user, queued
from orders import admission, invitations, queries, workflow
from orders.models import Order, Status
from serverlesspresso.accounts.identity import Person
from serverlesspresso.core import clock
from serverlesspresso.core.errors import NotFound, Refusal


def refusal_of(act) -> str:
    with pytest.raises(Refusal) as refused:
        act()
    return refused.value.code


def test_it_stands_for_the_code(store, alice, bob):
    order = admission.invite(invitations.make(store, by=bob), Person(alice))
    workflow.run(workflow.OPEN, order.pk)
    order.refresh_from_db()
    assert (order.status, order.source, order.hold) == (Status.CHOOSING, Order.Source.INVITE, None)


def test_it_is_found_by_six_digits_however_they_are_typed(store, bob):
    invite = invitations.make(store, by=bob)
    assert len(invite.digits) == 6
    spoken = f" {invite.digits[:3]}-{invite.digits[3:]} "
    assert invitations.by_digits(store, spoken) == invite
    arabic = "".join(chr(0x660 + int(digit)) for digit in invite.digits)
    assert invitations.by_digits(store, arabic) == invite


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "²²²²²²"])
def test_other_digits_lead_nowhere(store, bob, typed):
    invitations.make(store, by=bob)
    with pytest.raises(NotFound):
        invitations.by_digits(store, typed)


def test_it_is_good_once(store, alice, charlie, bob):
    invite = invitations.make(store, by=bob)
    admission.invite(invite, Person(alice))
    assert refusal_of(lambda: admission.invite(invite, Person(charlie))) == "invite_over"
    assert refusal_of(lambda: invitations.by_token(invite.pk)) == "no_such_invite"


def test_it_is_good_for_ten_minutes(store, alice, bob):
    invite = invitations.make(store, by=bob)
    clock.advance(invitations.LASTS.total_seconds() - 1)
    assert invitations.by_token(invite.pk) == invite
    clock.advance(1)
    assert refusal_of(lambda: invitations.by_token(invite.pk)) == "no_such_invite"
    assert refusal_of(lambda: admission.invite(invite, Person(alice))) == "invite_over"


def test_a_refusal_leaves_it_good(store, alice, bob):
    invite = invitations.make(store, by=bob)
    queued(alice, store)
    assert refusal_of(lambda: admission.invite(invite, Person(alice))) == "already_ordering"
    assert invitations.by_token(invite.pk) == invite


def test_it_finds_no_room_in_a_full_queue(store, alice, charlie, bob):
    store.capacity = 1
    store.save()
    queued(charlie, store)
    assert (
        refusal_of(lambda: admission.invite(invitations.make(store, by=bob), Person(alice))) == "queue_full"
    )


def test_a_priority_one_has_a_place_beyond_the_queue_and_takes_none(store, alice, charlie, bob):
    store.capacity = 1
    store.save()
    queued(charlie, store)
    order = admission.invite(invitations.make(store, by=bob, priority=True), Person(alice))
    workflow.run(workflow.OPEN, order.pk)
    order.refresh_from_db()
    assert order.priority
    assert order.status == Status.CHOOSING
    Order.objects.filter(customer=charlie).update(status=Status.READY)
    assert queries.has_room(store)


def test_the_days_limit_holds_for_an_ordinary_one_only(store, alice, bob):
    order = queued(alice, store)
    Order.objects.filter(pk=order.pk).update(status=Status.READY)
    assert (
        refusal_of(lambda: admission.invite(invitations.make(store, by=bob), Person(alice)))
        == "limit_reached"
    )
    assert admission.invite(invitations.make(store, by=bob, priority=True), Person(alice)).priority


def test_an_ordinary_one_counts_for_the_day(store, alice, bob):
    order = admission.invite(invitations.make(store, by=bob), Person(alice))
    Order.objects.filter(pk=order.pk).update(status=Status.READY)
    assert admission.next_drink(store, Person(alice))


def test_the_ticket_says_to_bring_it(store, alice, bob):
    assert admission.invite(invitations.make(store, by=bob, bring=True), Person(alice)).bring


def test_few_are_open_at_a_time_so_that_guessing_is_hopeless(store, bob):
    for _ in range(invitations.OPEN_AT_MOST):
        invitations.make(store, by=bob)
    assert refusal_of(lambda: invitations.make(store, by=bob)) == "too_many_invites"
    clock.advance(invitations.LASTS.total_seconds())
    assert invitations.make(store, by=bob)


def test_six_digits_that_are_taken_are_not_given_again(store, bob, monkeypatch):
    numbers = iter(["111111", "111111", "222222"])
    monkeypatch.setattr(invitations, "_six_digits", lambda: next(numbers))
    assert [invitations.make(store, by=bob).digits for _ in range(2)] == ["111111", "222222"]


def test_two_stores_may_have_the_same_digits(store, bob, monkeypatch):
    from conftest import make_store

    monkeypatch.setattr(invitations, "_six_digits", lambda: "333333")
    here, there = invitations.make(store, by=bob), invitations.make(make_store("XYZ"), by=make_user("Eve"))
    assert here != there
    assert invitations.by_digits(store, "333 333") == here
