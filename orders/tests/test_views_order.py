"""The order's page in every status, and who may see it."""

import re

import pytest
from django.test import Client

from config import services
from config.models import ModifierGroup, Option
from conftest import choosing, make_store, make_user, making, queued, ready, scanned
from display import qr_codes
from orders import commands, deadlines, staff_commands, workflow
from orders.models import Order, Status
from orders.tests.scanning import signed_in
from serverlesspresso.accounts.models import Role
from serverlesspresso.core import clock

HTMX = {"hx-request": "true"}


def page_of(user, order, path="", **headers) -> str:
    response = signed_in(user).get(f"/orders/{order.pk}/{path}", headers=headers)
    assert response.status_code == 200
    return response.content.decode()


def act(user, order, name, data=None, **headers):
    return signed_in(user).post(f"/orders/{order.pk}/{name}/", data or {}, headers=headers)


# -- every status ----------------------------------------------------------------------------------


def test_while_it_is_checked(store, alice):
    assert "Opening the menu" in page_of(alice, scanned(alice, store))


def test_choosing_shows_the_menu_a_clock_and_the_ways_out(store, alice):
    page = page_of(alice, choosing(alice, store))
    assert re.findall(r'name="drink" value="(\w+)"', page) == ["Espresso", "Cappuccino"]
    assert re.search(r'data-countdown="[^"]+" data-warn="60"', page)
    assert {"do-submit", "do-extend", "do-cancel"} <= set(re.findall(r'<button[^>]* form="([\w-]+)"', page))


def test_the_first_available_option_of_a_choice_that_needs_one_is_chosen(store, alice):
    Option.objects.get(name="Regular").delete()
    Option.objects.create(group=ModifierGroup.objects.get(), name="Whole", position=0, available=False)
    page = page_of(alice, choosing(alice, store))
    assert re.findall(r'value="(\w+)" checked', page) == ["Oat"]


def test_what_is_sold_out_cannot_be_chosen(store, alice):
    services.set_available(store, "Espresso", False)
    page = page_of(alice, choosing(alice, store))
    assert re.findall(r'name="drink" value="(\w+)"[^>]* disabled', page) == ["Espresso"]


def test_a_drink_whose_milk_ran_out_altogether_is_sold_out(store, alice):
    Option.objects.update(available=False)
    page = page_of(alice, choosing(alice, store))
    assert re.findall(r'name="drink" value="(\w+)"[^>]* disabled', page) == ["Cappuccino"]


def test_more_time_is_offered_only_as_often_as_it_is_given(store, alice):
    order = choosing(alice, store)
    Order.objects.filter(pk=order.pk).update(extensions=10)
    assert 'form="do-extend"' not in page_of(alice, order)


def test_waiting_shows_the_number_and_who_is_ahead(store, alice, charlie):
    queued(charlie, store)
    page = page_of(alice, queued(alice, store))
    assert '<p class="number" data-digits="1">2</p>' in page
    assert "1 ahead of you" in page
    assert "Cancel my order" in page


def test_the_first_in_the_queue_is_next(store, alice):
    assert "You’re next" in page_of(alice, queued(alice, store))


def test_waiting_says_about_how_long_once_the_bar_has_made_some_drinks(store, alice, bob):
    before = [queued(make_user(f"Guest {name}"), store) for name in "DEFGH"]
    for each in before:
        clock.advance(60)
        commands.complete(commands.claim(each, by=bob), by=bob)
    assert "in 1 minute" in page_of(alice, queued(alice, store))


def test_waiting_for_what_ran_out_says_what_and_offers_swap_or_cancel(store, alice):
    order = queued(alice, store)
    assert "run out" not in page_of(alice, order)
    services.set_available(store, "Espresso", False)
    page = page_of(alice, order)
    assert "Espresso has just run out." in page
    assert f'href="/orders/{order.pk}/swap/"' in page


def test_nothing_is_chosen_for_somebody_whose_option_ran_out(store, alice):
    order = queued(alice, store, drink="Cappuccino", modifiers=["Oat"])
    services.set_available(store, "Cappuccino", False, "Oat")
    page = page_of(alice, order, path="swap/")
    assert "Oat has just run out." in page and "Nothing has been chosen for you." in page
    assert not re.search(r'<input type="radio"[^>]*name="options[^>]* checked', page), "no milk instead"
    assert not re.search(r'<input type="radio"[^>]*name="drink"[^>]* checked', page)
    assert "Keep Cappuccino" not in page and "the bar will ask you what to make instead" in page
    services.set_available(store, "Cappuccino", True, "Oat")
    page = page_of(alice, order, path="swap/")
    assert re.search(r'value="Oat" checked', page) and "Keep Cappuccino" in page


def test_a_form_without_a_drink_is_told_to_choose_one(store, alice):
    assert "Choose a drink first." in act(alice, choosing(alice, store), "submit", {}).content.decode()


def test_ones_own_cancellation_shows_no_check_mark(store, alice):
    order = commands.withdraw(queued(alice, store), by=alice)
    page = page_of(alice, order)
    assert "#close" in page and "#check" not in page
    assert "number--struck" in page


def test_without_a_script_a_page_that_goes_on_loads_itself_anew_and_a_choice_is_not_lost(
    store, alice, charlie
):
    refresh = '<noscript><meta http-equiv="refresh"'
    assert refresh in page_of(alice, queued(alice, store))
    assert refresh not in page_of(charlie, choosing(charlie, store))


def test_making_says_by_whom(store, alice, bob):
    page = page_of(alice, making(alice, store, bob))
    assert "Bob is making it" in page
    assert 'form="do-cancel"' not in page


def test_ready_shows_the_number_large_and_calls_out(store, alice, bob):
    page = page_of(alice, ready(alice, store, bob))
    assert '<p class="number" data-digits="1">1</p>' in page
    assert re.search(r'role="alert">Order 1 is ready', page)
    assert "I have it" in page


def test_collected(store, alice, bob):
    order = commands.collect(ready(alice, store, bob), by=alice)
    assert "Enjoy your coffee" in page_of(alice, order)


def test_cancelled_by_staff_shows_the_reason_and_what_to_do_now(store, alice, bob):
    order = commands.cancel(queued(alice, store), by=bob, reason="other", text="The <b>grinder</b> broke.")
    page = page_of(alice, order)
    assert "The &lt;b&gt;grinder&lt;/b&gt; broke." in page
    assert "Scan the code" in page


def test_timed_out_shows_whose_clock(store, alice):
    order = choosing(alice, store)
    clock.advance(store.customer_s + 1)
    deadlines.settle_overdue(store)
    assert "The time to choose ran out" in page_of(alice, order)


def test_rejected_shows_why(store, alice):
    order = scanned(alice, store)
    services.set_status(store, open=False)
    workflow.check_store_open(order.pk)
    assert "The bar has closed" in page_of(alice, order)


def test_labels_come_in_the_readers_language(store, alice):
    order = queued(alice, store, drink="Cappuccino", modifiers=["Oat"])
    assert "Aveia" in page_of(alice, order, **{"accept-language": "pt-br"})


def test_a_name_in_any_script_is_shown_apart_and_escaped(store, alice):
    order = queued(alice, store)
    Order.objects.filter(pk=order.pk).update(name="زوي <script>☕")
    assert "<bdi>زوي &lt;script&gt;☕</bdi>" in page_of(alice, order)


def test_the_page_is_never_cached_and_carries_the_token_outside_of_the_frame(store, alice):
    order = choosing(alice, store)
    response = signed_in(alice).get(f"/orders/{order.pk}/")
    assert "no-store" in response["Cache-Control"]
    frame = signed_in(alice).get(f"/orders/{order.pk}/", headers=HTMX).content.decode()
    assert "csrf" not in frame
    assert re.search(
        r'<form id="do-submit"[^>]*>\s*<input type="hidden" name="csrfmiddlewaretoken"',
        response.content.decode(),
    )


def test_a_poll_answers_the_fragment_and_the_pulse(store, alice):
    html = page_of(alice, queued(alice, store), **HTMX)
    assert html.lstrip().startswith('<section id="order"')
    assert re.search(r'<i id="pulse" hidden data-head="[1-9]\d*" data-at="20\d\d-', html)
    assert html.count("hx-swap-oob") == 2, "a nested one would be torn out of its place"


# -- whose it is -----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["", "swap/"])
def test_somebody_elses_order_looks_like_none(store, alice, charlie, path):
    order = queued(alice, store)
    theirs = signed_in(charlie).get(f"/orders/{order.pk}/{path}")
    none = signed_in(charlie).get(f"/orders/{'x' * 22}/{path}")
    assert (theirs.status_code, none.status_code) == (404, 404)

    def body(response):
        return re.sub(
            r'(nonce|data-now|value|content|next)="[^"]*"|"X-CSRFToken": "\w+"', "", response.content.decode()
        )

    assert body(theirs) == body(none)


@pytest.mark.parametrize("name", ["submit", "extend", "cancel", "collect"])
def test_nobody_else_can_act_on_it_not_even_staff(store, alice, bob, charlie, name):
    order = queued(alice, store)
    for somebody in (charlie, bob):
        assert act(somebody, order, name, {"drink": "Cappuccino"}).status_code == 404
    assert Client().post(f"/orders/{order.pk}/{name}/").status_code == 404
    assert Order.objects.get(pk=order.pk).version == order.version


def test_staff_of_the_store_may_look_but_find_no_forms(store, alice, bob):
    page = page_of(bob, queued(alice, store))
    assert "You are viewing this order as staff" in page
    assert '<form id="do-' not in page


def test_staff_of_another_store_may_not_look(store, alice):
    eve = make_user("Eve", make_store("XYZ"), Role.BARISTA)
    assert signed_in(eve).get(f"/orders/{queued(alice, store).pk}/").status_code == 404


@pytest.mark.parametrize("order_id", ["%00", "a" * 10_000, "☕", "x%00y"])
def test_an_id_that_is_none(client, db, order_id):
    assert client.get(f"/orders/{order_id}/").status_code == 404
    assert client.post(f"/orders/{order_id}/cancel/").status_code == 404


def test_a_guest_whose_session_ended_still_finds_the_order_in_this_browser(client, store):
    client.post(client.post(f"/q/{qr_codes.current_code(store).token}").url, {"name": "Zoë", "store": "ABC"})
    path = client.post("/s/ABC/").url
    del client.cookies["sessionid"]
    page = client.get(path)
    assert page.status_code == 200
    assert "ws-connect" not in page.content.decode(), "a socket knows users only: this page polls"
    assert client.post(f"{path}cancel/").url == path
    assert Order.objects.get().status == Status.CANCELLED


def test_my_orders_newest_first_and_nobody_elses(store, alice, charlie):
    store.per_day = 0
    store.save()
    first = commands.withdraw(queued(alice, store), by=alice)
    clock.advance(1)
    second = queued(alice, store, drink="Cappuccino", modifiers=["Oat"])
    queued(charlie, store)
    page = signed_in(alice).get("/orders/").content.decode()
    assert re.findall(r'href="/orders/([\w-]{20,})/"', page) == [second.pk, first.pk]


def test_my_orders_of_nobody(client, db):
    assert "No orders in this browser" in client.get("/orders/").content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_my_orders_take_as_many_queries_for_many_as_for_one(store, alice, count, django_assert_num_queries):
    store.per_day = 0
    store.save()
    for _ in range(count):
        commands.withdraw(queued(alice, store), by=alice)
    client = signed_in(alice)
    with django_assert_num_queries(6):
        client.get("/orders/")


def test_a_number_that_is_called_again_rings_anew_and_says_why(client, alice, bob, store):
    client.force_login(alice)
    order = ready(alice, store, bob)
    assert "data-called" not in client.get(f"/orders/{order.pk}/").content.decode()

    staff_commands.call_again(order, by=bob)

    html = client.get(f"/orders/{order.pk}/").content.decode()
    assert "data-called=" in html
    assert "We are calling you" in html


def test_a_bar_that_nobody_is_behind_says_so_on_its_page(client, store):
    services.pause_by_itself(store)
    assert "Nobody is at the bar right now" in client.get("/s/ABC/").content.decode()
