"""My usual in one tap, the name on the cup, and when the next drink is allowed."""

import datetime as dt

import pytest

from config import services
from conftest import choosing, make_store, queued, ready
from orders import commands, deadlines, presenters, processor
from orders.favourites import usual_of
from orders.models import Order, Status
from orders.tests.scanning import signed_in
from serverlesspresso.core import clock


def had(user, store, bob, drink, modifiers=()) -> None:
    """A drink of another day."""
    order = commands.collect(ready(user, store, bob, drink=drink, modifiers=modifiers), by=bob)
    Order.objects.filter(pk=order.pk).update(scan_day=order.scan_day - dt.timedelta(days=1))
    clock.advance(3600)


def test_it_is_what_they_had_most_often(store, alice, bob):
    for drink, modifiers in (("Cappuccino", ["Oat"]), ("Cappuccino", ["Oat"]), ("Espresso", [])):
        had(alice, store, bob, drink, modifiers)
    choice = usual_of(choosing(alice, store))
    assert (choice.drink, choice.modifiers) == ("Cappuccino", ("Oat",))


def test_of_two_the_later_one(store, alice, bob):
    for drink, modifiers in (("Cappuccino", ["Oat"]), ("Espresso", [])):
        had(alice, store, bob, drink, modifiers)
    assert usual_of(choosing(alice, store)).drink == "Espresso"


def test_it_is_the_same_at_the_next_bar(store, alice, bob):
    had(alice, store, bob, "Espresso")
    assert usual_of(choosing(alice, make_store("XYZ"))).drink == "Espresso"


def test_somebody_new_has_none(store, alice):
    assert usual_of(choosing(alice, store)) is None


def test_what_has_run_out_is_not_offered(store, alice, bob):
    had(alice, store, bob, "Espresso")
    services.set_available(store, "Espresso", available=False)
    assert usual_of(choosing(alice, store)) is None


def test_one_tap_orders_it(store, alice, bob):
    had(alice, store, bob, "Cappuccino", ["Oat"])
    order = choosing(alice, store)
    page = presenters.render_order(order)
    assert "My usual:" in page
    assert "Cappuccino, Oat" in page
    signed_in(alice).post(f"/orders/{order.pk}/submit/", {"usual": "yes", "seen": "choosing"})
    order.refresh_from_db()
    assert (order.drink, order.modifiers) == ("Cappuccino", ["Oat"])
    assert order.status in (Status.SUBMITTED, Status.QUEUED)


@pytest.mark.parametrize(
    ("typed", "kept"), [(" Al\u202eice ", "Alice"), ("", ""), ("<b>Al</b>", "<b>Al</b>")]
)
def test_the_cup_gets_the_name_they_like(store, alice, typed, kept):
    order = choosing(alice, store)
    signed_in(alice).post(f"/orders/{order.pk}/submit/", {"drink": "Espresso", "name": typed})
    order.refresh_from_db()
    assert order.name == kept
    assert "<b>" not in presenters.render_order(order).replace('<p class="what">', "")


def test_without_a_word_about_it_the_name_stays(store, alice):
    order = choosing(alice, store)
    assert commands.submit(order, drink="Espresso", modifiers=[], by=alice).name == "Alice"


def test_a_name_too_long_for_a_cup_is_refused_and_nothing_is_sent(store, alice):
    order = choosing(alice, store)
    response = signed_in(alice).post(f"/orders/{order.pk}/submit/", {"drink": "Espresso", "name": "x" * 31})
    assert response.status_code == 422
    order.refresh_from_db()
    assert order.status == Status.CHOOSING


def test_a_drink_had_says_when_the_next_is_allowed(store, alice, bob):
    order = commands.collect(ready(alice, store, bob), by=alice)
    tomorrow = store.local_day(clock.now()) + dt.timedelta(days=1)
    assert f"Your next coffee here: from {tomorrow:%A}" in presenters.render_order(order)


def test_where_there_is_no_limit_nothing_is_said_of_one(store, alice, bob):
    store.per_day = 0
    store.save()
    order = commands.collect(ready(alice, store, bob), by=alice)
    assert "Your next coffee" not in presenters.render_order(order)


def test_scan_again_is_said_once(store, alice):
    order = choosing(alice, store)
    clock.advance(store.customer_s)
    deadlines.time_out(order.pk)
    html = presenters.render_order(processor.load(order.pk))
    body = html[html.index('<div class="status') :]
    assert body.lower().count("scan") == 1


def test_not_picked_up_says_which_number_to_ask_for(store, alice, bob):
    order = ready(alice, store, bob)
    clock.advance(store.pickup_s)
    deadlines.time_out(order.pk)
    assert f"Ask at the bar for number {order.number}." in presenters.render_order(processor.load(order.pk))


def test_who_waits_is_told_number_and_time_in_the_stores_own_zone(store, alice, bob):
    store.timezone = "Asia/Kolkata"
    store.save()
    waiting = [queued(each, store) for each in _guests(6)]
    for order in waiting:
        clock.advance(60)
        commands.complete(order, by=bob)
    order = queued(alice, store)
    html = presenters.render_order(order)
    start, end = (moment.astimezone(store.zone) for moment in (order.promised_from, order.promised_to))
    assert f"about {start:%H:%M} to {end:%H:%M}" in html
    assert "Your phone may not ring while it’s locked. Watch the big screen." in html
    assert f"about {start:%H:%M} to {end:%H:%M}" in presenters.render_place(order)


def _guests(count):
    from conftest import make_user

    return [make_user(f"Guest{number}") for number in range(count)]
