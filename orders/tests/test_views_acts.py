"""What the owner does on the order's page, and whatever can be sent wrongly."""

import re

import pytest
from django.test import Client

from config.models import Drink, ModifierGroup, Option
from conftest import choosing, make_store, making, queued, ready, scanned
from orders.models import Order, Status
from orders.tests.scanning import signed_in
from serverlesspresso.core import clock

HTMX = {"hx-request": "true"}


def act(user, order, name, data=None, **headers):
    return signed_in(user).post(f"/orders/{order.pk}/{name}/", data or {}, headers=headers)


def status(order) -> str:
    return Order.objects.get(pk=order.pk).status


def milk_field(order) -> str:
    drink = Drink.objects.get(store=order.store, name="Cappuccino")
    return f"options-{drink.pk}-{drink.groups.get().pk}"


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
    assert (
        response.content.decode()
        .lstrip()
        .startswith('<section id="order" class="order" data-status="submitted"')
    )


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
    assert re.findall(r'name="drink" value="(\w+)" required\s+checked', page) == ["Espresso"]
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
    assert re.findall(r'name="drink" value="(\w+)" required\s+checked', response.content.decode()) == [
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


@pytest.mark.parametrize(
    "address", ["/orders/{}/cancel/", "/accounts/login/", "/s/ABC/", "/organise/ABC/menu/"]
)
def test_a_browser_without_any_cookie_is_told_that_the_bar_needs_one(store, alice, address):
    address = address.format(queued(alice, store).pk)

    def told(headers=None, **cookies) -> str:
        client = Client(enforce_csrf_checks=True)
        client.cookies.load(cookies)
        answer = client.post(address, headers=headers)
        assert answer.status_code == 403
        return answer.content.decode()

    assert "The bar needs a cookie" in told()
    assert "open for too long" in told(language="en")
    assert 'data-code="no_cookie"' in told(HTMX)
    assert "Allow cookies" in told(HTMX)
    assert 'data-code="stale_page"' in told(HTMX, language="en")


def test_taps_that_end_an_order_are_held_back_by_the_page_and_the_others_are_not(store, alice):
    page = signed_in(alice).get(f"/orders/{choosing(alice, store).pk}/").content.decode()
    held = re.findall(r'<form id="do-(\w+)"[^>]*data-hold=', page)
    assert held == ["cancel", "collect"]


def test_not_wanting_a_drink_does_not_cancel_one_that_was_ordered_since(store, alice):
    order = queued(alice, store)
    answer = act(alice, order, "cancel", {"seen": "choosing"}, **HTMX)
    assert (answer.status_code, status(order)) == (409, Status.QUEUED)
    act(alice, order, "cancel", **HTMX)
    assert status(order) == Status.CANCELLED
