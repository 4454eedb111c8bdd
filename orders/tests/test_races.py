"""Races: many threads at one barrier, real transactions. Exactly one wins, the losers learn who won.

On SQLite one writer at a time hides some of them; the same tests run on PostgreSQL too.
"""

import datetime as dt
import threading

import pytest
from django.db import connection

from conftest import choosing, make_user, making, queued, ready, scanned
from display import qr_codes, wall_proof
from orders import (
    admission,
    commands,
    deadlines,
    invitations,
    processor,
    staff_commands,
    waiting_list,
    workflow,
)
from orders.events import ORDER_TIMED_OUT
from orders.models import LIVE, Invite, Order, Status, Turn
from serverlesspresso.accounts.identity import Person
from serverlesspresso.core import clock
from serverlesspresso.core.errors import Refusal
from serverlesspresso.events.models import Event

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*acts) -> list:
    """Run the acts in a thread each, started together; what each returned, or the refusal it met."""
    barrier, results = threading.Barrier(len(acts)), [None] * len(acts)

    def run(index, act):
        barrier.wait()
        try:
            results[index] = act()
        except Refusal as refusal:
            results[index] = refusal
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert None not in results, "an act neither finished nor was refused"
    return results


def won(results) -> list:
    return [result for result in results if not isinstance(result, Refusal)]


def ends_of(order) -> list[str]:
    ends = ("OrderCancelled", "OrderCompleted", "OrderTimeOut", "MakeOrder")
    types = Event.objects.filter(order=order.pk).order_by("sequence").values_list("type", flat=True)
    return [each.split(".")[1] for each in types if each.endswith(ends)]


def test_thirty_scans_of_a_code_good_for_ten(store):
    people = [make_user(f"Guest{n}") for n in range(30)]
    token = qr_codes.current_code(store).token
    results = at_once(*(lambda p=p: admission.scan_and_create(store, token, Person(p)) for p in people))
    assert len(won(results)) == 10
    assert {r.code for r in results if isinstance(r, Refusal)} == {"code_used_up"}
    assert qr_codes.current_code(store).used == 10


def test_twenty_scans_for_five_places(store):
    store.capacity = 5
    store.per_code = 100
    store.save()
    people = [make_user(f"Guest{n}") for n in range(20)]
    token = qr_codes.current_code(store).token
    results = at_once(*(lambda p=p: admission.scan_and_create(store, token, Person(p)) for p in people))
    assert len(won(results)) == Order.objects.filter(status__in=LIVE).count() == 5
    assert qr_codes.current_code(store).used == 5


def test_one_person_scanning_twenty_times_at_once_gets_one_order(store, alice):
    token = qr_codes.current_code(store).token
    results = at_once(*[lambda: admission.scan_and_create(store, token, Person(alice))] * 20)
    assert len(won(results)) == Order.objects.count() == qr_codes.current_code(store).used == 1
    assert {r.code for r in results if isinstance(r, Refusal)} == {"already_ordering"}


def test_forty_invitations_made_at_once_are_no_more_than_may_be_open(store, bob):
    results = at_once(*[lambda: invitations.make(store, by=bob)] * 40)
    assert len(won(results)) == Invite.objects.count() == invitations.OPEN_AT_MOST
    assert {r.code for r in results if isinstance(r, Refusal)} == {"too_many_invites"}


def test_numbers_have_no_gap_and_no_double(store):
    store.per_code = 100
    store.save()
    people = [make_user(f"Guest{n}") for n in range(15)]
    orders = [choosing(person, store) for person in people]

    def submit(order, person):
        commands.submit(order, drink="Espresso", modifiers=[], by=person)
        return order

    at_once(*(lambda o=o, p=p: submit(o, p) for o, p in zip(orders, people, strict=True)))
    assert sorted(Order.objects.values_list("number", flat=True)) == list(range(1, 16))


def test_two_baristas_claim(store, alice, bob, dana):
    order = queued(alice, store)
    results = at_once(lambda: commands.claim(order, by=bob), lambda: commands.claim(order, by=dana))
    [winner] = won(results)
    [loser] = [r for r in results if isinstance(r, Refusal)]
    assert winner.barista.name in str(loser)
    assert ends_of(order) == ["MakeOrder"]


def test_two_baristas_complete(store, alice, bob, dana):
    order = making(alice, store, bob)
    results = at_once(lambda: commands.complete(order, by=bob), lambda: commands.complete(order, by=dana))
    assert len(won(results)) == 1
    assert ends_of(order) == ["MakeOrder", "OrderCompleted"]


def test_the_same_barista_taps_ten_times(store, alice, bob):
    order = queued(alice, store)
    results = at_once(*[lambda: commands.claim(order, by=bob)] * 10)
    assert len(won(results)) == 10
    assert ends_of(order) == ["MakeOrder"]


def test_cancel_against_complete(store, alice, bob, dana):
    order = making(alice, store, bob)
    at_once(lambda: commands.cancel(order, by=dana), lambda: commands.complete(order, by=bob))
    # a ready drink can still be cancelled, a cancelled one never completed
    assert processor.load(order.pk).status == Status.CANCELLED or ends_of(order) == [
        "MakeOrder",
        "OrderCompleted",
    ]
    assert ends_of(order)[1:] in (
        ["OrderCancelled"],
        ["OrderCompleted", "OrderCancelled"],
        ["OrderCompleted"],
    )


def test_the_owner_withdraws_against_a_claim(store, alice, bob):
    order = queued(alice, store)
    results = at_once(lambda: commands.withdraw(order, by=alice), lambda: commands.claim(order, by=bob))
    assert len(won(results)) == 1
    assert len(ends_of(order)) == 1


def test_submit_against_the_customers_clock(store, alice):
    order = choosing(alice, store)
    clock.advance(store.customer_s - 0.05)
    results = at_once(
        lambda: commands.submit(order, drink="Espresso", modifiers=[], by=alice),
        *[lambda: deadlines.time_out(order.pk) or "in time"] * 5,
    )
    # the clocks may all have looked just before the deadline and the drink have come just after it: refused,
    # by which the order ends, or at the next look; what may never be is both, or neither
    clock.advance(1)
    results.append(deadlines.time_out(order.pk))
    ended = processor.load(order.pk).status == Status.TIMED_OUT
    assert ended == isinstance(results[0], Refusal)
    assert Event.objects.filter(type=ORDER_TIMED_OUT).count() == ended
    assert len([r for r in results[1:] if isinstance(r, Order)]) <= ended


def test_a_hold_becomes_one_order(store, alice):
    hold = admission.scan(qr_codes.current_code(store), Person(alice, "phone"))
    results = at_once(*[lambda: admission.create_order(hold, Person(alice, "phone"))] * 5)
    assert len(won(results)) == Order.objects.count() == 1


def test_recall_against_collect(store, alice, bob):
    order = ready(alice, store, bob)
    results = at_once(lambda: commands.recall(order, by=bob), lambda: commands.collect(order, by=alice))
    assert len(won(results)) == 1


def test_ten_steps_of_one_chain_at_once_are_one(store, alice):
    order = scanned(alice, store)
    at_once(*[lambda: workflow.run(workflow.OPEN, order.pk) or "done"] * 10)
    assert Event.objects.filter(order=order.pk, type="OrderProcessor.WorkflowStarted").count() == 1


def test_a_release_against_a_completion(store, alice, bob, dana):
    order = making(alice, store, bob)
    at_once(lambda: commands.release(order, by=bob), lambda: commands.complete(order, by=dana))
    assert processor.load(order.pk).status in (Status.READY, Status.QUEUED)
    sequences = list(Event.objects.filter(store=store.slug).values_list("sequence", flat=True))
    assert sorted(sequences) == list(range(1, len(sequences) + 1))


def test_numbers_never_overtake_who_was_answered_before_the_other_began(bob, store):
    """Three type in walk-ups one after the other; each order's steps run in a thread of their own."""
    turns, order_of = threading.Lock(), []

    def type_in():
        for _ in range(4):
            with turns:  # answered before the next one begins
                order = commands.walk_up(store, by=bob, drink="Espresso", modifiers=[])
                order_of.append(order.pk)
            workflow.assign_number(order.pk)
        return order

    at_once(*[type_in] * 3)
    given = dict(Order.objects.values_list("pk", "number"))
    assert [given[pk] for pk in order_of] == list(range(1, 13))


def test_the_logs_times_never_go_back_however_many_write_it(bob, store):
    at_once(*(lambda: commands.walk_up(store, by=bob, drink="Espresso", modifiers=[]) for _ in range(12)))
    times = list(Event.objects.order_by("sequence").values_list("at", flat=True))
    assert len(times) >= 12
    assert times == sorted(times)


def test_thirty_who_scan_at_once_without_a_name_from_one_network_hold_four_of_ten(store):
    code = qr_codes.current_code(store)
    scans = (
        lambda n=n: admission.scan(code, Person(None, f"browser {n}", is_new=True), network="here")
        for n in range(30)
    )
    results = at_once(*scans)
    assert len(won(results)) == 4
    assert {refusal.code for refusal in results if isinstance(refusal, Refusal)} == {"name_first"}


def test_twenty_who_ask_at_once_with_one_invitation_are_one_turn(store, bob):
    code = qr_codes.current_code(store)
    type(code).objects.filter(pk=code.pk).update(used=code.budget)
    invite = invitations.make(store, by=bob)
    people = [make_user(f"Guest{n}") for n in range(20)]
    results = at_once(*(lambda p=p: waiting_list.join(store, Person(p), invite.pk) for p in people))
    assert (len(won(results)), Turn.objects.count()) == (1, 1)


def test_twenty_who_ask_at_once_from_one_network_are_as_many_as_there_are_places(store):
    store.capacity = 3
    store.save()
    code = qr_codes.current_code(store)
    type(code).objects.filter(pk=code.pk).update(used=code.budget)
    people = [make_user(f"Guest{n}") for n in range(20)]
    saw = wall_proof.proof(code)
    results = at_once(
        *(lambda p=p: waiting_list.join(store, Person(p), saw, network="here") for p in people[:12])
    )
    assert (len(won(results)), Turn.objects.count()) == (3, 3)


def test_who_sends_a_choice_while_places_are_freed_keeps_the_place_or_is_told(store, alice, bob):
    order = commands.extend(choosing(alice, store), by=alice)
    Order.objects.filter(pk=order.pk).update(created_at=clock.now() - dt.timedelta(seconds=store.customer_s))
    submitted, freed = at_once(
        lambda: commands.submit(order, drink="Espresso", modifiers=[], by=alice),
        lambda: staff_commands.free_places(store, by=bob),
    )
    order.refresh_from_db()
    if freed:
        assert (order.status, order.reason) == (Status.CANCELLED, "choosing_long")
        assert isinstance(submitted, Refusal)
    else:
        assert order.status in (Status.SUBMITTED, Status.QUEUED)
        assert not isinstance(submitted, Refusal)
