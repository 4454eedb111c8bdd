"""Who may tap: staff of the store, and managers where it says so."""

import pytest
from django.test import Client

from baristas.actions import ACTIONS
from baristas.tests.conftest import HTMX, post, status_of, tap
from conftest import make_store, make_user, queued
from orders.models import Grant, Order, Status
from serverlesspresso.accounts.models import Role
from serverlesspresso.core import clock
from serverlesspresso.events.models import Event

BAR_ACTS = {
    "pause": {"paused": "yes"},
    "open": {"open": "yes"},
    "availability": {"drink": "Espresso", "available": "no"},
    "new-code": {},
    "series": {},
    "walk-up": {"drink": "Espresso"},
}
FOR_MANAGERS = {"open", "series"}


class TestWhoMay:
    @pytest.mark.parametrize("act", ACTIONS)
    def test_every_act_on_a_ticket_is_closed_to_others(self, client, alice, charlie, store, screen, act):
        order = queued(alice, store)
        bea = make_user("Bea", make_store("XYZ"), Role.BARISTA)
        for who in (alice, charlie, screen, bea):
            client.force_login(who)
            assert tap(client, order, act).status_code == 403, who
        client.logout()
        assert tap(client, order, act)["HX-Redirect"] == "/barista/ABC/"
        assert client.post(f"/barista/ABC/orders/{order.pk}/{act}/")["Location"] == "/barista/ABC/"
        assert (status_of(order), Grant.objects.count(), Order.objects.count()) == (Status.QUEUED, 0, 1)

    @pytest.mark.parametrize("path", BAR_ACTS)
    def test_every_act_on_the_bar_is_closed_to_others(self, client, alice, store, screen, path):
        bea = make_user("Bea", make_store("XYZ"), Role.MANAGER)
        told = Event.objects.count()
        for who in (alice, screen, bea):
            client.force_login(who)
            assert post(client, path, BAR_ACTS[path]).status_code == 403, who
        client.logout()
        assert post(client, path, BAR_ACTS[path])["HX-Redirect"] == "/barista/ABC/"
        assert Event.objects.count() == told

    @pytest.mark.parametrize("path", BAR_ACTS)
    def test_opening_and_numbers_are_the_managers(self, barista, dana, path):
        assert post(barista, path, BAR_ACTS[path]).status_code == (403 if path in FOR_MANAGERS else 200)
        barista.force_login(dana)
        assert post(barista, path, BAR_ACTS[path]).status_code == 200

    def test_an_order_of_another_store_is_not_here(self, barista, bob, alice):
        other = make_store("XYZ")
        order = queued(alice, other)

        response = barista.post(f"/barista/ABC/orders/{order.pk}/make/", headers=HTMX)

        assert (response.status_code, status_of(order)) == (404, Status.QUEUED)
        missing = barista.post("/barista/ABC/orders/nothing/make/", headers=HTMX)
        assert missing.content == response.content

    def test_an_unknown_act_store_or_method_is_refused(self, barista, alice, store):
        order = queued(alice, store)

        assert tap(barista, order, "drink").status_code == 404
        assert post(barista, "pause", {"paused": "yes"}, slug="NONE").status_code == 404
        assert barista.get("/barista/NONE/").status_code == 404
        for path in (f"orders/{order.pk}/make", *BAR_ACTS):
            assert barista.get(f"/barista/ABC/{path}/").status_code == 405, path
        assert barista.post("/barista/ABC/").status_code == 405

    def test_a_post_without_csrf_token_changes_nothing(self, bob, alice, store):
        client = Client(enforce_csrf_checks=True)
        client.force_login(bob)
        order = queued(alice, store)

        assert tap(client, order, "make").status_code == 403
        assert status_of(order) == Status.QUEUED

    def test_an_archived_store_is_gone(self, barista, store):
        store.archived_at = clock.now()
        store.save()

        assert barista.get("/barista/ABC/").status_code == 404
