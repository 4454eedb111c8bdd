"""What the ordering app's live topics say, to whom, and how much of it."""

import re

import pytest
from django.utils import translation

from config import services
from conftest import choosing, make_store, make_user, making, queued, ready, scanned
from orders import commands, presenters, processor, topics
from orders.models import Order
from serverlesspresso.accounts.models import Role
from serverlesspresso.core import clock
from serverlesspresso.events.models import Event

KIB = 1024


def news(store, after=0) -> list[Event]:
    return list(Event.objects.filter(store=store.slug, sequence__gt=after).order_by("sequence"))


# -- one order -------------------------------------------------------------------------------------


def test_an_order_is_for_its_owner_and_the_staff_of_its_store(store, alice, bob, charlie):
    order = queued(alice, store)
    eve = make_user("Eve", make_store("XYZ"), Role.BARISTA)
    wall = make_user("Wall", store, Role.DISPLAY)
    may = {user: topics.ORDER.allowed(user.pk, order.pk) for user in (alice, bob, charlie, eve, wall)}
    assert may == {alice: True, bob: True, charlie: False, eve: False, wall: False}
    assert not topics.ORDER.allowed(None, order.pk)


def test_a_deactivated_owner_hears_no_more(store, alice):
    order = queued(alice, store)
    alice.is_active = False
    alice.save()
    assert not topics.ORDER.allowed(alice.pk, order.pk)


@pytest.mark.parametrize("key", ["", "x", "a" * 10_000])
def test_an_order_that_is_none_is_nobodys(alice, key):
    assert not topics.ORDER.allowed(alice.pk, key)


def test_the_snapshot_is_what_the_page_shows(store, alice, client):
    order = queued(alice, store)
    client.force_login(alice)
    assert topics.ORDER.snapshot(order.pk).html in client.get(f"/orders/{order.pk}/").content.decode()


def test_the_snapshot_is_what_a_poll_answers(store, alice, client):
    order = choosing(alice, store)
    client.force_login(alice)
    polled = client.get(f"/orders/{order.pk}/", headers={"hx-request": "true"}).content.decode()
    assert polled.startswith(topics.ORDER.snapshot(order.pk).html)


@pytest.mark.parametrize("bring", [scanned, queued])
def test_updates_of_an_order_are_small(store, alice, bring):
    assert len(topics.ORDER.snapshot(bring(alice, store).pk).html.encode()) <= 2 * KIB


@pytest.mark.parametrize("bring", [making, ready])
def test_updates_of_a_claimed_order_are_small(store, alice, bob, bring):
    assert len(topics.ORDER.snapshot(bring(alice, store, bob).pk).html.encode()) <= 2 * KIB


def test_a_frame_is_in_the_readers_language(store, alice):
    order = queued(alice, store, drink="Cappuccino", modifiers=["Oat"])
    with translation.override("pt-br"):
        assert "Aveia" in topics.ORDER.snapshot(order.pk).html


def test_while_choosing_only_the_menu_and_its_own_matter(store, alice, charlie):
    order = choosing(alice, store)
    queued(charlie, store)
    services.set_available(store, "Espresso", False)
    frame = topics.ORDER.snapshot(order.pk)
    concerning = {
        e.type for e in news(store) if topics.ORDER.concerns(order.pk, e, frame) and e.order != order.pk
    }
    assert concerning == {"ConfigService.ConfigChanged"}


def test_while_being_made_nothing_of_others_matters(store, alice, bob, charlie):
    order = making(alice, store, bob)
    seen = news(store)[-1].sequence
    commands.complete(queued(charlie, store), by=bob)
    services.set_available(store, "Espresso", False)
    frame = topics.ORDER.snapshot(order.pk)
    assert [e.type for e in news(store, seen) if topics.ORDER.concerns(order.pk, e, frame)] == []


def test_when_others_move_only_the_place_is_told(store, alice, bob, charlie):
    ahead, order = queued(charlie, store), queued(alice, store)
    seen = news(store)[-1].sequence
    commands.claim(ahead, by=bob)
    moved = news(store, seen)
    assert all(topics.ORDER.concerns(order.pk, e, topics.ORDER.snapshot(order.pk)) for e in moved)
    html = topics.ORDER.delta(order.pk, moved).html
    assert re.match(r'\s*<p id="place" class="place" hx-swap-oob="true">\s*<strong>You’re next', html)
    assert len(html) < KIB / 2


def test_the_place_takes_three_queries(store, alice, bob, charlie, django_assert_num_queries):
    ahead, order = queued(charlie, store), queued(alice, store)
    seen = news(store)[-1].sequence
    commands.claim(ahead, by=bob)
    moved = news(store, seen)
    with django_assert_num_queries(3):
        topics.ORDER.delta(order.pk, moved)


def test_its_own_moves_are_told_whole(store, alice, bob):
    order = queued(alice, store)
    seen = news(store)[-1].sequence
    commands.claim(order, by=bob)
    assert topics.ORDER.delta(order.pk, news(store, seen)) is None


def test_a_change_without_an_event_is_told_whole(store, alice):
    assert topics.ORDER.delta(choosing(alice, store).pk, []) is None


def test_the_pulse_learns_all_versions_in_one_query(store, alice, charlie, django_assert_num_queries):
    one, two = choosing(alice, store), queued(charlie, store)
    with django_assert_num_queries(1):
        versions = topics.ORDER.versions({one.pk, two.pk})
    assert versions == {one.pk: one.version, two.pk: two.version}


def test_times_are_the_stores(store, alice, bob):
    store.timezone = "Asia/Kolkata"
    store.save()
    order = ready(alice, store, bob)
    local = Order.objects.get().deadline_at.astimezone(store.zone)
    assert f"by {local:%H:%M}" in topics.ORDER.snapshot(order.pk).html


def test_changing_the_drink_shows_the_menu_until_it_is_made(store, alice, bob):
    order = queued(alice, store)
    assert 'name="drink"' in topics.SWAP.snapshot(order.pk).html
    commands.claim(order, by=bob)
    html = topics.SWAP.snapshot(order.pk).html
    assert 'name="drink"' not in html
    assert "Bob is making it" in html


# -- a store ---------------------------------------------------------------------------------------


def test_anybody_may_hear_how_a_store_is(store):
    assert topics.STORE.allowed(None, "ABC")
    assert (topics.STORE.store("ABC"), topics.STORE.store("NONE")) == ("ABC", None)


def test_an_archived_store_says_nothing(store):
    store.archived_at = clock.now()
    store.save()
    assert topics.STORE.store("ABC") is None


def test_a_stores_status_is_small_and_cheap(store, alice, django_assert_num_queries):
    queued(alice, store)
    with django_assert_num_queries(3):  # store, places taken and offered, code
        html = topics.STORE.snapshot("ABC").html
    assert len(html.encode()) < KIB


def test_the_status_is_the_same_until_it_changes(store, alice, charlie):
    store.capacity = 2
    store.save()
    empty = topics.STORE.snapshot("ABC").html
    queued(alice, store)
    assert topics.STORE.snapshot("ABC").html == empty
    queued(charlie, store)
    assert 'data-state="full"' in topics.STORE.snapshot("ABC").html


def test_whatever_fills_or_empties_the_queue_concerns_the_status(store, alice, bob):
    order = making(alice, store, bob)
    commands.recall(commands.complete(order, by=bob), by=bob)
    concerning = [e.type for e in news(store) if topics.STORE.concerns("ABC", e, None) and e.order]
    assert concerning == ["Validator.NewOrder", "OrderManager.OrderCompleted", "OrderManager.OrderRecalled"]


def test_the_menu_concerns_only_what_organisers_change(store, alice):
    queued(alice, store)
    services.set_available(store, "Espresso", False)
    concerning = {e.type for e in news(store) if topics.MENU.concerns("ABC", e, None)}
    assert concerning == {"ConfigService.ConfigChanged"}
    assert "Sold out" in topics.MENU.snapshot("ABC").html


def test_the_menu_to_look_at_is_small(store):
    from config.models import Drink, ModifierGroup

    for name in ("Americano", "Flat White", "Caffè Latte", "Double Espresso"):
        Drink.objects.create(store=store, name=name).groups.add(ModifierGroup.objects.get())
    html = topics.MENU.snapshot("ABC").html
    assert html.count("<li") == 6
    assert len(html.encode()) <= 2 * KIB


def test_at_a_deserted_bar_the_phone_says_what_the_wall_says_and_no_time(store, alice, charlie, bob):
    for name in "DEFGHI":
        order = making(make_user(f"Guest{name}"), store, bob)
        clock.advance(60)
        commands.complete(order, by=bob)
    queued(charlie, store)
    order = queued(alice, store)
    assert "about" in presenters.render_place(order)
    services.pause_by_itself(store)
    place = presenters.render_place(processor.load(order.pk))
    assert "1 ahead of you" in place
    assert "Nobody is at the bar right now" in place
    assert "about" not in place
    assert "minute" not in place
