"""From a scan to an order: every refusal in the rule book's order, and none that uses anything up."""

import pytest

from config import services
from config.models import Store
from conftest import choosing, make_store, make_user, queued, ready, scanned
from display import qr_codes
from display.models import Code
from orders import admission, commands
from orders.models import Order, Status
from serverlesspresso.accounts.identity import Person
from serverlesspresso.core import clock
from serverlesspresso.core.errors import Refusal

from .scanning import refused, scan_again

pytestmark = pytest.mark.django_db


def by_page(store, token, person):
    """As the pages do it: find the code, take a hold, and once signed in make it an order."""
    hold = admission.scan(qr_codes.find_code(token, store), person)
    return admission.create_order(hold, person)


WAYS = pytest.mark.parametrize("way", [by_page, admission.scan_and_create], ids=["page", "api"])


# -- the order of the refusals ----------------------------------------------------------------------


@WAYS
def test_refusals_come_in_the_rule_books_order_each_with_a_sentence(way, store, alice, bob, charlie):
    """Everything is wrong at once; what is named first is put right, one after the other."""
    order = queued(alice, store)
    token = qr_codes.current_code(store).token
    store.capacity = 1
    store.save()
    store = services.set_status(store, open=False, paused=True)
    mine = Person(alice)

    first = refused(way, store, token, mine)
    assert (first.code, first.order_id, first.order_status) == ("already_ordering", order.pk, Status.QUEUED)
    commands.collect(commands.complete(order, by=bob), by=alice)
    commands.walk_up(store, by=bob, drink="Espresso", modifiers=[])

    assert refused(way, store, token, mine).code == "store_closed"
    store = services.set_status(store, open=True)
    assert refused(way, store, token, mine).code == "store_paused"
    store = services.set_status(store, paused=False)
    assert refused(way, store, token, mine).code == "limit_reached"
    store.per_day = 2
    store.save()

    clock.advance(400)
    expired = refused(way, store, token, mine)
    assert (expired.code, expired.status) == ("code_expired", 409)
    Code.objects.filter(pk=qr_codes.current_code(store).pk).update(used=10)
    used_up = refused(way, store, qr_codes.current_code(store).token, mine)
    assert (used_up.code, used_up.retry_at) == ("code_used_up", qr_codes.current_code(store).ends_at)
    Code.objects.update(used=0)
    full = refused(way, store, qr_codes.current_code(store).token, mine)
    assert full.code == "queue_full" and full.retry_at > clock.now()
    store.capacity = 2
    store.save()
    assert way(store, qr_codes.current_code(store).token, mine).status == Status.VALIDATING

    for refusal in (first, expired, used_up, full):
        assert refusal.status == 409 and str(refusal.text).endswith(".")


def test_a_code_nobody_knows_is_named_after_everything_about_the_person(store, alice, bob):
    ready(alice, store, bob)
    assert refused(admission.scan_and_create, store, "nonsense", Person(alice)).code == "limit_reached"
    charlie = make_user("Charlie")
    refusal = refused(admission.scan_and_create, store, "nonsense", Person(charlie))
    assert (refusal.code, refusal.status) == ("code_invalid", 400)


def test_another_stores_code_is_no_code_here(store, alice):
    foreign = qr_codes.current_code(make_store("XYZ")).token
    assert refused(admission.scan_and_create, store, foreign, Person(alice)).code == "code_invalid"


def test_a_fourth_scan_in_an_hour_is_429_and_uses_nothing_up(store, alice):
    for _ in range(3):
        commands.withdraw(scan_again(alice, store), by=alice)
    refusal = refused(scan_again, alice, store)
    assert (refusal.code, refusal.status) == ("too_many_holds", 429)


@pytest.mark.parametrize("state", ["validating", "choosing", "queued", "making"])
def test_one_live_order_per_person_and_store(state, store, alice, bob, request):
    order = {"validating": scanned, "choosing": choosing, "queued": queued}.get(state, queued)(alice, store)
    if state == "making":
        order = commands.claim(order, by=bob)
    refusal = refused(scan_again, alice, store)
    assert (refusal.code, refusal.order_id, refusal.order_status) == ("already_ordering", order.pk, state)


def test_a_live_order_at_another_store_is_no_hindrance(store, alice):
    queued(alice, make_store("XYZ"))
    assert scan_again(alice, store).store == store


def test_a_remake_does_not_count_as_ordering(store, alice, bob):
    store.per_day = 2
    store.save()
    commands.remake(ready(alice, store, bob), by=bob)
    assert scan_again(alice, store).status == Status.VALIDATING


# -- holds on their way to an order -----------------------------------------------------------------


def test_scanning_twice_takes_one_drink(store):
    person = Person(None, "phone")
    first = admission.scan(qr_codes.current_code(store), person)
    assert admission.scan(qr_codes.current_code(store), person) == first
    assert qr_codes.current_code(store).used == 1


def test_a_hold_survives_signing_in(store, alice):
    hold = admission.scan(qr_codes.current_code(store), Person(None, "phone"))
    order = admission.create_order(hold, Person(alice, "phone"))
    assert (order.customer, order.hold, order.name) == (alice, hold, "Alice")


def test_a_hold_that_ran_out_before_signing_in_is_named(store, alice):
    hold = admission.scan(qr_codes.current_code(store), Person(None, "phone"))
    clock.advance(301)
    assert refused(admission.create_order, hold, Person(alice, "phone")).code == "hold_ran_out"


def test_a_form_sent_twice_does_not_give_the_orders_hold_back(store, alice):
    hold = admission.scan(qr_codes.current_code(store), Person(None, "phone"))
    admission.create_order(hold, Person(alice, "phone"))
    assert refused(admission.create_order, hold, Person(alice, "phone")).code == "already_ordering"
    assert qr_codes.current_code(store).used == 1


def test_a_hold_of_somebody_who_turns_out_to_have_had_todays_drink_goes_back_at_once(store, alice, bob):
    ready(alice, store, bob)
    hold = admission.scan(qr_codes.current_code(store), Person(None, "phone"))
    with pytest.raises(Refusal) as caught:
        admission.create_order(hold, Person(alice, "phone"))
    assert caught.value.code == "limit_reached"
    assert qr_codes.current_code(store).used == 1  # the one of today's drink
    assert qr_codes.open_hold(store, browser="phone") is None


def test_at_a_deserted_bar_the_refusal_says_what_the_wall_says(store, alice):
    token = qr_codes.current_code(store).token
    services.pause_by_itself(store)
    refusal = refused(admission.scan_and_create, Store.objects.get(), token, Person(alice))
    assert refusal.code == "store_paused"
    assert "Nobody is at the bar right now" in str(refusal.text)


@pytest.mark.parametrize("trouble", ["queue_full", "store_paused", "store_closed"])
def test_a_hold_that_finds_the_bar_shut_or_full_can_be_tried_again(trouble, store, alice, bob):
    hold = admission.scan(qr_codes.current_code(store), Person(None, "phone"))
    store.capacity = 1
    store.save()
    if trouble == "queue_full":
        other = commands.walk_up(store, by=bob, drink="Espresso", modifiers=[])
    else:
        services.set_status(store, open=trouble != "store_closed", paused=True)
    assert refused(admission.create_order, hold, Person(alice, "phone")).code == trouble
    if trouble == "queue_full":
        commands.cancel(other, by=bob)
    else:
        services.set_status(store, open=True, paused=False)
    assert admission.create_order(hold, Person(alice, "phone")).hold == hold


# -- room -------------------------------------------------------------------------------------------


def test_orders_from_validating_to_making_take_a_place_ready_ones_do_not(store, alice, bob, charlie, dana):
    store.capacity = 3
    store.save()
    waiting = queued(alice, store)
    commands.claim(queued(charlie, store), by=bob)
    choosing(dana, store)
    assert refused(scan_again, make_user("Erin"), store).code == "queue_full"
    commands.complete(waiting, by=bob)
    assert scan_again(make_user("Frank"), store)


def test_walk_ups_and_remakes_may_exceed_the_capacity(store, alice, bob):
    store.capacity = 1
    store.save()
    order = ready(alice, store, bob)
    commands.walk_up(store, by=bob, drink="Espresso", modifiers=[])
    commands.walk_up(store, by=bob, drink="Espresso", modifiers=[])
    commands.remake(order, by=bob)
    assert Order.objects.filter(store=store, status=Status.SUBMITTED).count() == 3
    assert refused(scan_again, make_user("Charlie"), store).code == "queue_full"


@WAYS
def test_a_scan_frees_the_places_of_overdue_orders_though_no_worker_lives(way, store, alice, charlie):
    store.capacity = 1
    store.save()
    forgotten = choosing(alice, store)
    clock.advance(store.customer_s)
    order = way(store, qr_codes.current_code(store).token, Person(charlie))
    assert order.status == Status.VALIDATING
    assert Order.objects.get(pk=forgotten.pk).status == Status.TIMED_OUT


def test_ones_own_order_whose_time_is_up_does_not_stand_in_the_way(store, alice):
    forgotten = choosing(alice, store)
    clock.advance(store.customer_s)
    assert scan_again(alice, store).pk != forgotten.pk
    assert Code.objects.get(holds=forgotten.hold_id).used == 0
