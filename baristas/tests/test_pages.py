"""The board, and what people see who do not belong behind it."""

import datetime as dt
import re

import pytest

from baristas import topics
from baristas.tests.conftest import HTMX, tap
from baristas.topics import snapshot
from conftest import choosing, make_store, make_user, making, queued, ready
from display import qr_codes
from display.models import Hold
from orders import commands, reasons
from orders.models import Order
from serverlesspresso.accounts.models import Role
from serverlesspresso.core import clock


class TestPages:
    def test_who_is_not_signed_in_may_sign_in_or_pair_the_tablet(self, client, store):
        html = client.get("/barista/ABC/").content.decode()

        assert "/accounts/login/?next=/barista/ABC/" in html
        assert "/accounts/pair/ABC/barista/?next=/barista/ABC/" in html
        assert "lane" not in html

    def test_who_is_not_staff_learns_whom_to_ask(self, client, charlie, alice, store):
        queued(alice, store)
        client.force_login(charlie)

        response = client.get("/barista/ABC/")

        assert response.status_code == 403
        assert "Ask a manager of Bar ABC" in response.content.decode()
        assert "Alice" not in response.content.decode()

    def test_a_tablet_that_lost_its_role_is_sent_to_the_page_that_says_so(self, client, charlie, store):
        client.force_login(charlie)

        assert client.get("/barista/ABC/", headers=HTMX)["HX-Redirect"] == "/barista/ABC/"

    def test_one_store_is_found_by_itself(self, barista):
        assert barista.get("/barista/")["Location"] == "/barista/ABC/"

    def test_with_several_stores_there_is_a_choice(self, barista, bob):
        bob.memberships.create(store=make_store("XYZ"), role=Role.BARISTA)

        html = barista.get("/barista/").content.decode()

        assert re.findall(r'href="/barista/(\w+)/"', html) == ["ABC", "XYZ"]

    def test_without_a_store_there_is_nothing_to_choose(self, client, charlie, screen):
        assert "/accounts/login/" in client.get("/barista/").content.decode()
        for who in (charlie, screen):
            client.force_login(who)
            assert client.get("/barista/").status_code == 403

    def test_each_order_lies_in_its_column(self, barista, bob, alice, charlie, store):
        lying = {
            "waiting": queued(alice, store),
            "making": making(charlie, store, bob),
            "ready": ready(make_user("Eve"), store, bob),
        }

        html = barista.get("/barista/ABC/").content.decode()

        for column, order in lying.items():
            lane = re.search(rf'id="col-{column}".*?</ul>', html, re.DOTALL)[0]
            assert re.findall(r'<li id="o-([^"]+)"', lane) == [order.pk]

    def test_the_poll_answers_the_same_as_the_socket(self, barista, alice, store):
        queued(alice, store)

        html = barista.get("/barista/ABC/", headers=HTMX).content.decode()

        assert html.startswith(snapshot(store))
        assert html.count('id="pulse"') == 1

    def test_the_page_is_kept_by_nobody(self, barista):
        assert "no-store" in barista.get("/barista/ABC/")["Cache-Control"]

    def test_names_cannot_bring_markup(self, barista, bob, store, on_commit):
        with on_commit():
            commands.walk_up(store, by=bob, drink="Espresso", modifiers=[], name='<b onclick="x">')

        assert "<b onclick" not in barista.get("/barista/ABC/").content.decode()


class TestQueries:
    """Pinned, and the same for 1, 3 and 30 orders."""

    PAGE, POLL, TAP = 14, 13, 14

    @pytest.fixture(params=[1, 3, 30])
    def orders(self, request, bob, store, on_commit):
        with on_commit():
            return [
                commands.walk_up(store, by=bob, drink="Cappuccino", modifiers=["Oat"])
                for _ in range(request.param)
            ]

    def test_the_page(self, barista, orders, django_assert_num_queries):
        with django_assert_num_queries(self.PAGE):
            barista.get("/barista/ABC/")

    def test_the_poll(self, barista, orders, django_assert_num_queries):
        with django_assert_num_queries(self.POLL):
            barista.get("/barista/ABC/", headers=HTMX)

    def test_a_tap(self, barista, orders, django_assert_num_queries):
        with django_assert_num_queries(self.TAP):
            tap(barista, orders[-1], "make")


# -- places of people who choose, and scans without a name -------------------------------------------


def choose_for_long(user, store) -> Order:
    order = commands.extend(choosing(user, store), by=user)
    Order.objects.filter(pk=order.pk).update(created_at=clock.now() - dt.timedelta(seconds=store.customer_s))
    return order


def test_the_tablet_says_who_chooses_for_long_and_frees_the_places(barista, store, alice):
    assert "Free their places" not in barista.get("/barista/ABC/").content.decode()
    order = choose_for_long(alice, store)
    assert "Free their places" not in barista.get("/barista/ABC/").content.decode(), (
        "there is room for others"
    )
    store.capacity = 1
    store.save()
    page = barista.get("/barista/ABC/").content.decode()
    assert "1 person has a place and has been choosing for a long time." in page
    assert re.search(r'hx-post="free-places/"\s+data-hold="[^"]+"', page), "held back, for nothing undoes it"
    answer = barista.post("/barista/ABC/free-places/", headers=HTMX).content.decode()
    assert "1 place is free again." in answer
    order.refresh_from_db()
    assert order.reason == "choosing_long"
    assert "Others were waiting while you chose" in reasons.text_of(order)


def test_screens_learn_of_it_from_the_pulse(store, alice):
    order = commands.extend(choosing(alice, store), by=alice)
    before = topics.BaristaTopic().versions({"ABC"})
    Order.objects.filter(pk=order.pk).update(created_at=clock.now() - dt.timedelta(seconds=store.customer_s))
    assert topics.BaristaTopic().versions({"ABC"}) != before


def test_the_tablet_says_when_many_scans_of_a_code_give_no_name(barista, store):
    code = qr_codes.current_code(store)
    said = "4 of the 10 places of this code were taken by people who gave no name."
    for number in range(4):
        qr_codes.take_hold(code, browser=f"browser {number}")
    assert said not in barista.get("/barista/ABC/").content.decode(), "they are just typing it"
    Hold.objects.update(taken_at=clock.now() - dt.timedelta(minutes=1))
    assert said in barista.get("/barista/ABC/").content.decode()
