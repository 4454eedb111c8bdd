"""What changes the bar: pause, open, sold out, a new code, a new series, walk-ups."""

import re

import pytest

from baristas.tests.conftest import post, status_of
from config import services
from config.models import Drink, Option
from conftest import make_user, queued
from display import qr_codes
from orders import counting
from orders.models import Order, Status
from serverlesspresso.core import clock
from serverlesspresso.events.models import Event


class TestBar:
    def test_pausing_and_resuming(self, barista, store):
        html = post(barista, "pause", {"paused": "yes"}).content.decode()
        store.refresh_from_db()
        assert (store.is_paused, "Resume" in html) == (True, True)

        post(barista, "pause", {"paused": "no"})
        store.refresh_from_db()
        assert not store.is_paused

    def test_closing_finishes_the_orders_on_their_way(self, manager_tablet, alice, store):
        order = queued(alice, store)

        post(manager_tablet, "open", {"open": "no"})

        store.refresh_from_db()
        assert (store.is_open, status_of(order)) == (False, Status.QUEUED)

    def test_closing_may_cancel_them_all(self, manager_tablet, alice, store):
        order = queued(alice, store)

        post(manager_tablet, "open", {"open": "no", "live": "cancel"})

        store.refresh_from_db()
        assert (store.is_open, status_of(order), order.reason) == (False, Status.CANCELLED, "store_closed")

    def test_opening(self, manager_tablet, store):
        services.set_status(store, open=False)

        post(manager_tablet, "open", {"open": "yes"})

        store.refresh_from_db()
        assert store.is_open

    @pytest.mark.parametrize("path", ["pause", "open", "availability"])
    def test_half_a_request_is_named_and_changes_nothing(self, manager_tablet, path):
        told = Event.objects.count()

        response = post(manager_tablet, path, {"drink": "Espresso"})

        assert response.status_code == 422
        assert "Reload it and try again" in response.content.decode()
        assert Event.objects.count() == told

    def test_a_drink_and_an_option_are_sold_out_and_back(self, barista, store):
        post(barista, "availability", {"drink": "Espresso", "available": "no"})
        post(barista, "availability", {"drink": "Cappuccino", "option": "Oat", "available": "no"})
        assert not Drink.objects.get(name="Espresso").available
        assert not Option.objects.get(name="Oat").available

        post(barista, "availability", {"drink": "Cappuccino", "option": "Oat", "available": "yes"})
        assert Option.objects.get(name="Oat").available

    @pytest.mark.parametrize("drink", ["Tea", "Espr\0esso tea", "☕" * 10_000, ""])
    def test_what_the_menu_does_not_have_cannot_be_sold_out(self, barista, drink):
        assert post(barista, "availability", {"drink": drink, "available": "no"}).status_code == 422

    def test_a_sold_out_drink_flags_the_tickets_that_wait_for_it(self, barista, bob, alice, charlie, store):
        waiting = queued(alice, store, "Cappuccino", ["Oat"])
        queued(charlie, store)

        html = post(
            barista, "availability", {"drink": "Cappuccino", "option": "Oat", "available": "no"}
        ).content.decode()

        assert re.findall(r'<li id="o-([^"]+)"\s+class="ticket ticket--flagged"', html) == [waiting.pk]

    def test_a_new_code_replaces_the_one_on_the_screens(self, barista, store):
        old = qr_codes.current_code(store)

        post(barista, "new-code")

        assert qr_codes.current_code(store).pk != old.pk

    def test_a_new_series_is_offered_on_a_new_day_and_begun_once(self, manager_tablet, alice, store):
        queued(alice, store)
        assert "Start at 1" not in manager_tablet.get("/barista/ABC/").content.decode()
        clock.advance(86_400)
        assert "Start at 1" in manager_tablet.get("/barista/ABC/").content.decode()

        post(manager_tablet, "series")
        queued(make_user("Ann"), store)
        post(manager_tablet, "series")

        queue = counting.lock_queue(store)
        assert (queue.series, queue.last_number) == (2, 1)


class TestWalkUp:
    def test_a_walk_up_is_typed_in_with_options_and_name(self, barista, store, on_commit):
        group = store.groups.get()

        with on_commit():
            response = post(
                barista, "walk-up", {"drink": "Cappuccino", f"group-{group.pk}": "Oat", "name": " Zoë "}
            )

        order = Order.objects.get()
        assert response.status_code == 200
        assert (order.drink, order.modifiers, order.name) == ("Cappuccino", ["Oat"], "Zoë")
        assert (order.status, order.source, order.number) == (Status.QUEUED, Order.Source.WALK_UP, 1)
        assert f'hx-post="orders/{order.pk}/cancel/"' in response.content.decode()

    @pytest.mark.parametrize(
        "sent",
        [
            {"drink": "Tea"},
            {"drink": "Cappuccino"},
            {"drink": "Espresso", "group-1": "Oat"},
            {"drink": "Espresso", "name": "x" * 10_000},
            {},
        ],
    )
    def test_what_cannot_be_made_is_named_and_nothing_is_typed_in(self, barista, store, sent):
        response = post(barista, "walk-up", sent)

        assert (response.status_code, Order.objects.count()) == (422, 0)
        assert 'class="banner' in response.content.decode()

    def test_a_sold_out_drink_is_not_typed_in(self, barista, store):
        services.set_available(store, "Espresso", available=False)

        assert post(barista, "walk-up", {"drink": "Espresso"}).status_code == 409
