"""The order's page: every status, every act, and whatever can be sent wrongly."""

import re

import pytest
from django.test import Client

from config import services
from config.models import Drink, ModifierGroup, Option
from conftest import choosing, make_store, make_user, making, queued, ready, scanned
from display import codes
from orders import clocks, manager, processor
from orders.models import Order, Status
from serverlesspresso import clock
from serverlesspresso.accounts.models import Role

HTMX = {"hx-request": "true"}


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page_of(user, order, **headers) -> str:
    response = signed_in(user).get(f"/orders/{order.pk}/", headers=headers)
    assert response.status_code == 200
    return response.content.decode()


def act(user, order, name, data=None, **headers):
    return signed_in(user).post(f"/orders/{order.pk}/{name}/", data or {}, headers=headers)


def status(order) -> str:
    return Order.objects.get(pk=order.pk).status


def milk_field(order) -> str:
    drink = Drink.objects.get(store=order.store, name="Cappuccino")
    return f"options-{drink.pk}-{drink.groups.get().pk}"


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
    assert '<p class="number">2</p>' in page
    assert "1 ahead of you" in page
    assert "Cancel my order" in page


def test_the_first_in_the_queue_is_next(store, alice):
    assert "You are next" in page_of(alice, queued(alice, store))


def test_waiting_says_about_how_long_once_the_bar_has_made_some_drinks(store, alice, bob):
    for name in "DEFGH":
        ready(make_user(f"Guest {name}"), store, bob)
        clock.advance(60)
    assert "about 1 minute" in page_of(alice, queued(alice, store))


def test_waiting_for_what_ran_out_offers_swap_or_cancel(store, alice):
    order = queued(alice, store)
    assert "run out" not in page_of(alice, order)
    services.set_available(store, "Espresso", False)
    page = page_of(alice, order)
    assert "has just run out" in page
    assert f'href="/orders/{order.pk}/swap/"' in page


def test_making_says_by_whom(store, alice, bob):
    page = page_of(alice, making(alice, store, bob))
    assert "Bob is making it" in page
    assert 'form="do-cancel"' not in page


def test_ready_shows_the_number_large_and_calls_out(store, alice, bob):
    page = page_of(alice, ready(alice, store, bob))
    assert '<p class="number">1</p>' in page
    assert re.search(r'role="alert">Order 1 is ready', page)
    assert "I have it" in page


def test_collected(store, alice, bob):
    order = manager.collect(ready(alice, store, bob), by=alice)
    assert "Enjoy your coffee" in page_of(alice, order)


def test_cancelled_by_staff_shows_the_reason_and_what_to_do_now(store, alice, bob):
    order = manager.cancel(queued(alice, store), by=bob, reason="other", text="The <b>grinder</b> broke.")
    page = page_of(alice, order)
    assert "The &lt;b&gt;grinder&lt;/b&gt; broke." in page
    assert "Scan the code" in page


def test_timed_out_shows_whose_clock(store, alice):
    order = choosing(alice, store)
    clock.advance(store.customer_s + 1)
    clocks.settle_overdue(store)
    assert "The time to choose ran out" in page_of(alice, order)


def test_rejected_shows_why(store, alice):
    order = scanned(alice, store)
    services.set_status(store, open=False)
    processor.check_store_open(order.pk)
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
        r'<form id="do-submit"[^>]*><input type="hidden" name="csrfmiddlewaretoken"',
        response.content.decode(),
    )


def test_a_poll_answers_the_fragment_and_the_pulse(store, alice):
    html = page_of(alice, queued(alice, store), **HTMX)
    assert html.startswith('<section id="order"')
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
    assert "You see this order as staff" in page
    assert '<form id="do-' not in page


def test_staff_of_another_store_may_not_look(store, alice):
    eve = make_user("Eve", make_store("XYZ"), Role.BARISTA)
    assert signed_in(eve).get(f"/orders/{queued(alice, store).pk}/").status_code == 404


@pytest.mark.parametrize("order_id", ["%00", "a" * 10_000, "☕", "x%00y"])
def test_an_id_that_is_none(client, db, order_id):
    assert client.get(f"/orders/{order_id}/").status_code == 404
    assert client.post(f"/orders/{order_id}/cancel/").status_code == 404


def test_a_guest_whose_session_ended_still_finds_the_order_in_this_browser(client, store):
    client.post(client.post(f"/q/{codes.current_code(store).token}").url, {"name": "Zoë", "store": "ABC"})
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
    first = manager.withdraw(queued(alice, store), by=alice)
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
        manager.withdraw(queued(alice, store), by=alice)
    client = signed_in(alice)
    with django_assert_num_queries(6):
        client.get("/orders/")


# -- acting ----------------------------------------------------------------------------------------


def test_choosing_a_drink_without_choices(store, alice):
    order = choosing(alice, store)
    assert (
        act(alice, order, "submit", {"drink": "Espresso", "seen": "choosing"}).url == f"/orders/{order.pk}/"
    )
    order = Order.objects.get()
    assert (order.status, order.drink, order.modifiers) == (Status.SUBMITTED, "Espresso", [])


def test_choosing_sends_the_options_of_the_chosen_drink_only(store, alice):
    latte = Drink.objects.create(store=store, name="Latte")
    latte.groups.add(ModifierGroup.objects.get())
    order = choosing(alice, store)
    data = {
        "drink": "Cappuccino",
        milk_field(order): "Oat",
        f"options-{latte.pk}-{ModifierGroup.objects.get().pk}": "Regular",
    }
    act(alice, order, "submit", data)
    order = Order.objects.get()
    assert (order.drink, order.modifiers) == ("Cappuccino", ["Oat"])


def test_with_htmx_an_act_answers_the_fresh_fragment(store, alice):
    response = act(alice, choosing(alice, store), "submit", {"drink": "Espresso"}, **HTMX)
    assert response.status_code == 200
    assert response.content.decode().startswith('<section id="order" class="order" data-status="submitted"')


def test_more_time(store, alice):
    order = choosing(alice, store)
    clock.advance(200)
    act(alice, order, "extend")
    assert Order.objects.get().deadline_at > order.deadline_at


def test_the_eleventh_time_is_refused(store, alice):
    order = choosing(alice, store)
    Order.objects.filter(pk=order.pk).update(extensions=10)
    response = act(alice, order, "extend")
    assert response.status_code == 409
    assert 'data-code="no_more_time"' in response.content.decode()


def test_changing_the_drink_keeps_number_and_place(store, alice):
    order = queued(alice, store)
    page = signed_in(alice).get(f"/orders/{order.pk}/swap/").content.decode()
    assert re.findall(r'name="drink" value="(\w+)" required checked', page) == ["Espresso"]
    act(alice, order, "submit", {"drink": "Cappuccino", milk_field(order): "Oat", "seen": "queued"})
    fresh = Order.objects.get()
    assert (fresh.drink, fresh.modifiers, fresh.number, fresh.place) == (
        "Cappuccino",
        ["Oat"],
        order.number,
        order.place,
    )


def test_there_is_nothing_to_change_once_it_is_made(store, alice, bob):
    order = making(alice, store, bob)
    assert signed_in(alice).get(f"/orders/{order.pk}/swap/").url == f"/orders/{order.pk}/"
    response = act(
        alice, order, "submit", {"drink": "Cappuccino", milk_field(order): "Oat", "seen": "queued"}
    )
    assert response.status_code == 409
    assert "Bob is making it" in response.content.decode()
    assert Order.objects.get().drink == "Espresso"


@pytest.mark.parametrize("bring", [scanned, choosing, queued])
def test_cancelling_until_making_starts(store, alice, bring):
    order = bring(alice, store)
    act(alice, order, "cancel")
    assert status(order) == Status.CANCELLED


def test_cancelling_twice_is_fine(store, alice):
    order = queued(alice, store)
    assert [act(alice, order, "cancel").status_code for _ in range(2)] == [302, 302]


def test_cancelling_too_late_shows_the_truth_with_the_sentence_on_top(store, alice, bob):
    order = making(alice, store, bob)
    response = act(alice, order, "cancel", **HTMX)
    html = response.content.decode()
    assert response.status_code == 409
    assert html.startswith('<div class="banner')
    assert html.index('data-code="too_late"') < html.index(
        '<section id="order" class="order" data-status="making"'
    )
    assert status(order) == Status.MAKING


def test_i_have_it(store, alice, bob):
    order = ready(alice, store, bob)
    act(alice, order, "collect")
    assert status(order) == Status.COLLECTED


def test_i_have_it_before_it_is_ready(store, alice):
    order = queued(alice, store)
    assert act(alice, order, "collect").status_code == 409
    assert status(order) == Status.QUEUED


@pytest.mark.parametrize(
    ("sent", "code", "http"),
    [
        ({}, "invalid", 422),
        ({"drink": ""}, "invalid", 422),
        ({"drink": "Tea"}, "invalid", 422),
        ({"drink": "Espresso\0"}, "invalid", 422),
        ({"drink": "a" * 10_000}, "invalid", 422),
        ({"drink": "☕"}, "invalid", 422),
        ({"drink": "Cappuccino"}, "invalid", 422),
        ({"drink": "Cappuccino", "milk": ["Regular", "Oat"]}, "invalid", 422),
        ({"drink": "Cappuccino", "milk": ["Oat", "Oat"]}, "invalid", 422),
        ({"drink": "Cappuccino", "milk": ["Goat"]}, "invalid", 422),
        ({"drink": "Cappuccino", "milk": ["a" * 10_000]}, "invalid", 422),
        ({"drink": "Cappuccino", "milk": ["\0"]}, "invalid", 422),
        ({"drink": "Cold Brew"}, "invalid", 422),
        ({"drink": "Ristretto"}, "sold_out", 409),
        ({"drink": "Cappuccino", "milk": ["Soy"]}, "sold_out", 409),
    ],
)
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_wrong_choice_is_named_and_changes_nothing(store, alice, sent, code, http, headers):
    Drink.objects.create(store=make_store("XYZ"), name="Cold Brew")
    Drink.objects.create(store=store, name="Ristretto", available=False)
    Option.objects.create(group=ModifierGroup.objects.get(store=store), name="Soy", available=False)
    order = choosing(alice, store)
    data = {"seen": "choosing"} | sent
    if "milk" in data:
        data[milk_field(order)] = data.pop("milk")
    response = act(alice, order, "submit", data, **headers)
    assert response.status_code == http
    assert f'data-code="{code}"' in response.content.decode()
    assert len(response.content) < 40_000, "what was sent wrongly is not sent back at length"
    fresh = Order.objects.get()
    assert (fresh.status, fresh.drink, fresh.version) == (Status.CHOOSING, "", order.version)


def test_without_javascript_a_refused_form_keeps_what_was_chosen(store, alice):
    order = choosing(alice, store)
    Option.objects.filter(name="Oat").update(available=False)
    response = act(alice, order, "submit", {"drink": "Cappuccino", milk_field(order): "Oat"})
    assert re.findall(r'name="drink" value="(\w+)" required checked', response.content.decode()) == [
        "Cappuccino"
    ]


def test_the_same_choice_sent_twice_is_one_order(store, alice):
    order = choosing(alice, store)
    data = {"drink": "Espresso", "seen": "choosing"}
    assert [act(alice, order, "submit", data).status_code for _ in range(2)] == [302, 302]
    assert Order.objects.get().drink == "Espresso"


def test_a_second_tab_that_still_shows_the_menu_does_not_swap_the_drink_unseen(store, alice):
    order = queued(alice, store)
    data = {"drink": "Cappuccino", milk_field(order): "Oat", "seen": "choosing"}
    response = act(alice, order, "submit", data, **HTMX)
    assert response.status_code == 409
    assert 'data-status="queued"' in response.content.decode()
    assert Order.objects.get().drink == "Espresso"


def test_a_choice_after_the_time_ran_out_says_so(store, alice):
    order = choosing(alice, store)
    clock.advance(store.customer_s + 1)
    response = act(alice, order, "submit", {"drink": "Espresso"})
    assert response.status_code == 409
    assert "The time to choose ran out" in response.content.decode()
    assert status(order) == Status.TIMED_OUT


@pytest.mark.parametrize("name", ["submit", "extend", "cancel", "collect"])
def test_looking_at_an_act_does_nothing(store, alice, name):
    order = queued(alice, store)
    response = signed_in(alice).get(f"/orders/{order.pk}/{name}/")
    assert (response.status_code, response["Allow"]) == (405, "POST")
    assert 'data-code="wrong_method"' in response.content.decode()


def test_a_form_without_its_token_is_refused_in_words(store, alice):
    order = queued(alice, store)
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    assert client.post(f"/orders/{order.pk}/cancel/").status_code == 403
    answer = client.post(f"/orders/{order.pk}/cancel/", headers=HTMX)
    assert answer.status_code == 403
    assert answer.content.decode().startswith('<div class="banner')
    assert status(order) == Status.QUEUED
