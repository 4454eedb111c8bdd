"""Taps on tickets: what they do, how they are taken back, and what who comes late is told."""

import re

import pytest

from baristas.tests.conftest import status_of, tap
from conftest import make_store, make_user, making, queued, ready
from orders import commands
from orders.models import Grant, Order, Status
from serverlesspresso.accounts.models import Role
from serverlesspresso.core import clock
from serverlesspresso.events.models import Event


class TestTaps:
    def test_two_taps_make_a_drink(self, barista, bob, alice, store):
        order = queued(alice, store)

        assert tap(barista, order, "make").status_code == 200
        assert (status_of(order), order.barista) == (Status.MAKING, bob)
        assert tap(barista, order, "complete").status_code == 200
        assert status_of(order) == Status.READY

    def test_the_answer_carries_the_ticket_to_its_new_column(self, barista, alice, store):
        order = queued(alice, store)

        html = tap(barista, order, "make").content.decode()

        assert html.startswith(
            f'<i id="gone" data-ids="o-{order.pk} " hx-swap-oob="true"></i>'
            '<ul hx-swap-oob="beforeend:#col-making">'
        )

    @pytest.mark.parametrize(
        ("act", "opposite"),
        [("make", "unmake"), ("unmake", "make"), ("complete", "recall"), ("recall", "complete")],
    )
    def test_undo_calls_the_opposite_act(self, barista, bob, alice, store, act, opposite):
        bring = {"make": queued, "unmake": making, "complete": making, "recall": ready}[act]
        order = bring(alice, store) if act == "make" else bring(alice, store, bob)
        before = order.status

        html = tap(barista, order, act).content.decode()

        undo = re.search(r'<div class="undo" data-order=.*hx-post="orders/([^/]+)/([^/]+)/"', html, re.DOTALL)
        assert undo.groups() == (order.pk, opposite)
        assert status_of(order) != before
        tap(barista, order, opposite)
        assert status_of(order) == before

    def test_taking_back_offers_nothing_to_take_back(self, barista, bob, alice, store):
        order = making(alice, store, bob)

        assert "undo" not in tap(barista, order, "unmake", undo="yes").content.decode()

    def test_acts_that_end_an_order_offer_no_undo_because_the_page_holds_them_back(
        self, barista, bob, alice, store
    ):
        order = ready(alice, store, bob)
        page = " ".join(barista.get("/barista/ABC/").content.decode().split())

        assert f'hx-post="orders/{order.pk}/collect/" data-hold' in page
        assert f'hx-post="orders/{order.pk}/cancel/" data-hold' in page
        html = tap(barista, order, "collect").content.decode()
        assert '<div class="undo"' in html
        assert "Undo" not in html

    def test_a_preset_reason_reaches_the_owner_as_a_sentence(self, barista, alice, store):
        order = queued(alice, store)

        tap(barista, order, "cancel", reason="machine")

        assert (status_of(order), order.reason, order.reason_text) == (Status.CANCELLED, "machine", "")

    def test_a_typed_reason_wins_over_the_button_that_enter_presses(self, barista, alice, store):
        order = queued(alice, store)

        tap(barista, order, "cancel", reason="sold_out", text=" The milk\0 is sour. ")

        assert (status_of(order), order.reason, order.reason_text) == (
            Status.CANCELLED,
            "other",
            "The milk is sour.",
        )

    def test_a_colleagues_drink_is_taken_over_explicitly(self, barista, bob, dana, alice, store):
        order = making(alice, store, dana)

        assert tap(barista, order, "make").status_code == 409
        assert tap(barista, order, "take-over").status_code == 200
        order.refresh_from_db()
        assert order.barista == bob

    def test_a_remake_waits_at_the_old_place_and_can_be_undone(self, barista, bob, alice, store):
        order = ready(alice, store, bob)

        html = tap(barista, order, "remake").content.decode()

        again = Order.objects.get(remake_of=order)
        assert (again.drink, again.place) == (order.drink, order.place)
        assert f'hx-post="orders/{again.pk}/cancel/"' in html

    def test_one_more_drink_is_granted_to_the_owner(self, barista, bob, alice, store):
        tap(barista, queued(alice, store), "one-more")

        assert list(Grant.objects.values_list("customer", "by")) == [(alice.pk, bob.pk)]

    def test_one_more_for_a_walk_up_is_refused_because_nobody_owns_it(self, barista, bob, store, on_commit):
        with on_commit():
            order = commands.walk_up(store, by=bob, drink="Espresso", modifiers=[])

        response = tap(barista, order, "one-more")

        assert (response.status_code, Grant.objects.count()) == (409, 0)
        assert "has no customer account" in response.content.decode()

    def test_without_htmx_a_tap_leads_back_to_the_board(self, barista, alice, store):
        order = queued(alice, store)

        response = barista.post(f"/barista/ABC/orders/{order.pk}/make/")

        assert (response.status_code, response["Location"]) == (302, "/barista/ABC/")
        assert status_of(order) == Status.MAKING

    def test_repeating_ones_own_tap_changes_nothing_and_is_no_error(self, barista, alice, store):
        order = queued(alice, store)
        tap(barista, order, "make")
        told = Event.objects.count()

        assert tap(barista, order, "make").status_code == 200
        assert Event.objects.count() == told


class TestLate:
    def test_who_comes_second_learns_who_won_and_sees_the_ticket_as_it_is(self, barista, dana, alice, store):
        order = making(alice, store, dana)

        response = tap(barista, order, "make")

        html = response.content.decode()
        assert response.status_code == 409
        assert "Dana is already making this drink." in html
        assert f'beforeend:#col-making"><li id="o-{order.pk}"' in html
        assert status_of(order) == Status.MAKING
        assert order.barista == dana

    def test_an_order_that_is_over_vanishes(self, barista, bob, alice, store):
        order = commands.collect(ready(alice, store, bob), by=alice)

        response = tap(barista, order, "complete")

        html = response.content.decode()
        assert response.status_code == 409
        assert "This order is over: the drink was collected." in html
        assert f'data-ids="o-{order.pk} "' in html
        assert "beforeend:#col" not in html

    def test_a_drink_that_was_ready_long_ago_is_not_recalled(self, barista, bob, alice):
        slow = make_store("SLOW", pickup_s=3600)
        make_user("Bea", slow, Role.BARISTA)
        order = ready(alice, slow, make_user("Ben", slow, Role.BARISTA))
        barista.force_login(order.barista)
        clock.advance(601)

        response = tap(barista, order, "recall")

        assert (response.status_code, status_of(order)) == (409, Status.READY)
        assert "more than 10 minutes ago" in response.content.decode()

    def test_without_htmx_the_refusal_is_a_page(self, barista, dana, alice, store):
        order = making(alice, store, dana)

        response = barista.post(f"/barista/ABC/orders/{order.pk}/make/")

        assert response.status_code == 409
        assert "<!doctype html>" in response.content.decode()


def test_undo_of_ready_straight_from_the_queue_puts_the_ticket_back_there(barista, alice, store):
    order = queued(alice, store)
    html = tap(barista, order, "complete").content.decode()
    assert f'hx-post="orders/{order.pk}/put-back/"' in html

    assert tap(barista, order, "put-back", undo="yes").status_code == 200

    assert (status_of(order), order.barista) == (Status.QUEUED, None)
