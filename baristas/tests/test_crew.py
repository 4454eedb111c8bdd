"""Several people behind one bar: PINs, a dead tablet, cancelled tickets, and numbers somebody asks about."""

import re

import pytest

from baristas.tests.conftest import HTMX, post, status_of, tap
from baristas.topics import BaristaTopic, snapshot
from config import services
from conftest import make_user, making, queued, ready
from orders import commands, counting, deadlines
from orders.models import Order, Status
from serverlesspresso.accounts import pins
from serverlesspresso.accounts.models import Membership, Role, User
from serverlesspresso.core import clock
from serverlesspresso.events.models import Event

TOPIC = BaristaTopic()


@pytest.fixture
def tablet(client, store):
    """A paired tablet that belongs to nobody."""
    device = User.objects.create_user(name="Left tablet", is_device=True)
    Membership.objects.create(user=device, store=store, role=Role.BARISTA)
    client.force_login(device)
    return client


@pytest.fixture
def ana(store, dana):
    """A barista with a PIN."""
    ana = make_user("Ana", store, Role.BARISTA)
    pins.set_pin(store, ana.pk, "4711", by=dana)
    return ana


class TestWho:
    def test_after_a_pin_acts_bear_that_persons_name(self, tablet, ana, alice, store):
        order = queued(alice, store)

        response = post(tablet, "who", {"person": ana.pk, "pin": "4711"})
        tap(tablet, order, "make")

        assert response["HX-Redirect"] == "/barista/ABC/"
        order.refresh_from_db()
        assert (order.barista, order.last_by) == (ana, ana)
        assert f'data-me="{ana.pk}"' in tablet.get("/barista/ABC/").content.decode()

    def test_a_wrong_pin_changes_nothing_and_says_so(self, tablet, ana, alice, store):
        response = post(tablet, "who", {"person": ana.pk, "pin": "0000"})
        order = queued(alice, store)
        tap(tablet, order, "make")

        assert response.status_code == 403
        assert "not this person’s PIN" in response.content.decode()
        order.refresh_from_db()
        assert order.barista.name == "Left tablet"

    def test_who_leaves_gives_the_tablet_back_to_itself(self, tablet, ana, alice, store):
        post(tablet, "who", {"person": ana.pk, "pin": "4711"})
        post(tablet, "who")
        order = queued(alice, store)
        tap(tablet, order, "make")
        order.refresh_from_db()
        assert order.barista.name == "Left tablet"

    @pytest.mark.parametrize("change", ["new pin", "left"])
    def test_with_a_new_pin_or_without_the_role_it_ends(self, tablet, ana, dana, alice, store, change):
        post(tablet, "who", {"person": ana.pk, "pin": "4711"})
        if change == "left":
            ana.memberships.all().delete()
        else:
            pins.set_pin(store, ana.pk, "2580", by=dana)
        order = queued(alice, store)
        tap(tablet, order, "make")
        order.refresh_from_db()
        assert order.barista.name == "Left tablet"

    def test_a_managers_pin_gives_a_tablet_no_rights(self, tablet, dana, store):
        pins.set_pin(store, dana.pk, "2580", by=dana)
        post(tablet, "who", {"person": dana.pk, "pin": "2580"})
        assert post(tablet, "open", {"open": "no"}).status_code == 403
        store.refresh_from_db()
        assert store.is_open

    @pytest.mark.parametrize("person", ["x", "-1", "9" * 30, "0"])
    def test_nonsense_is_nobody(self, tablet, ana, person):
        assert post(tablet, "who", {"person": person, "pin": "4711"}).status_code == 403

    def test_it_is_offered_once_somebody_has_a_pin(self, barista, ana, store):
        assert 'id="who"' in barista.get("/barista/ABC/").content.decode()
        Membership.objects.update(pin="")
        assert 'id="who"' not in barista.get("/barista/ABC/").content.decode()


class TestPins:
    def test_a_barista_sets_their_own_on_the_page(self, barista, bob, dana, store):
        page = barista.get("/barista/ABC/pins/").content.decode()
        assert re.findall(r'id="pin-(\d+)"', page) == [str(bob.pk)]

        response = barista.post("/barista/ABC/pins/", {"person": bob.pk, "pin": "4711"})

        assert response["Location"] == "/barista/ABC/pins/"
        assert pins.verify_pin(store, bob.pk, "4711").user == bob

    def test_a_weak_one_is_refused_with_what_would_do(self, barista, bob):
        response = barista.post("/barista/ABC/pins/", {"person": bob.pk, "pin": "1234"})
        assert response.status_code == 422
        assert "Choose another one." in response.content.decode()

    def test_a_manager_sees_everybodys(self, manager_tablet, bob, dana):
        page = manager_tablet.get("/barista/ABC/pins/").content.decode()
        assert re.findall(r'id="pin-(\d+)"', page) == [str(bob.pk), str(dana.pk)]

    def test_a_tablet_sets_none(self, tablet, ana):
        assert 'id="pin-' not in tablet.get("/barista/ABC/pins/").content.decode()
        assert tablet.post("/barista/ABC/pins/", {"person": ana.pk, "pin": "2580"}).status_code == 403


class TestDeadTablet:
    def test_all_of_anas_are_taken_over_and_can_be_handed_back(
        self, barista, bob, ana, alice, charlie, store
    ):
        orders = [making(who, store, ana) for who in (alice, charlie)]

        html = post(barista, "take-over", {"whose": ana.pk}).content.decode()

        assert "You have taken over 2 drinks." in html
        assert set(Order.objects.filter(barista=bob)) == set(orders)
        back = re.search(r'<form hx-post="hand-back/">(.*?)</form>', html, re.DOTALL)[1]
        sent = {"to": ana.pk, "order": re.findall(r'name="order" value="([^"]+)"', back), "undo": "yes"}
        assert f'name="to" value="{ana.pk}"' in back
        post(barista, "hand-back", sent)
        assert set(Order.objects.filter(barista=ana)) == set(orders)

    def test_undo_of_taking_over_one_gives_it_back_to_its_barista(self, barista, ana, alice, store):
        order = making(alice, store, ana)
        html = tap(barista, order, "take-over").content.decode()
        assert re.findall(r'name="to" value="(\d+)"', html) == [str(ana.pk)]

    def test_who_has_left_for_good_is_taken_over_but_not_handed_back_to(
        self, barista, bob, ana, alice, store
    ):
        order = making(alice, store, ana)
        ana.memberships.all().delete()

        html = post(barista, "take-over", {"whose": ana.pk}).content.decode()

        order.refresh_from_db()
        assert order.barista == bob
        assert "hand-back" not in html
        assert post(barista, "hand-back", {"to": ana.pk, "order": order.pk}).status_code == 404

    def test_what_was_finished_meanwhile_is_late_to_hand_back(self, barista, bob, ana, alice, store):
        order = making(alice, store, ana)
        post(barista, "take-over", {"whose": ana.pk})
        post(barista, "hand-back", {"to": ana.pk, "order": order.pk})
        assert post(barista, "hand-back", {"to": bob.pk, "order": order.pk}).status_code == 409

    @pytest.mark.parametrize("whose", ["", "x\0", "999999"])
    def test_of_nobody_nothing_is_taken(self, barista, whose):
        assert post(barista, "take-over", {"whose": whose}).status_code == 404


class TestCancelledTickets:
    def struck(self, html: str) -> list[tuple[str, ...]]:
        """Column and order of each struck ticket."""
        return [
            (column, order)
            for column, lane in re.findall(r'(?s)id="col-(\w+)"(.*?)</ul>', html)
            for order in re.findall(r'<li id="o-([^"]+)"\s+class="ticket ticket--struck"', lane)
        ]

    def test_it_stays_where_it_lay_after_a_reload_too(self, barista, bob, alice, charlie, dana, store):
        waiting = commands.withdraw(queued(alice, store), by=alice)
        made = commands.cancel(making(charlie, store, dana), by=bob)
        html = barista.get("/barista/ABC/").content.decode()

        assert self.struck(html) == [("waiting", waiting.pk), ("making", made.pk)]
        assert "The customer cancelled it." in html

    def test_a_tap_takes_it_away_on_every_tablet(self, barista, alice, store):
        order = commands.withdraw(queued(alice, store), by=alice)
        before = TOPIC.versions({"ABC"})
        assert f'data-ids="{order.pk}"' in TOPIC.delta("ABC", []).html

        html = post(barista, "seen", {"order": order.pk}).content.decode()

        assert f'data-ids="o-{order.pk} "' in html
        assert self.struck(snapshot(store)) == []
        assert 'data-ids=""' in TOPIC.delta("ABC", []).html
        assert TOPIC.versions({"ABC"}) != before

    def test_the_delta_that_strikes_it_says_that_it_is_unseen(self, alice, store):
        order = commands.withdraw(queued(alice, store), by=alice)
        html = TOPIC.delta("ABC", list(Event.objects.filter(order=order.pk))).html
        assert "ticket--struck" in html
        assert f'id="struck" hidden data-ids="{order.pk}"' in html
        assert len(html.encode()) <= 2048

    def test_somebody_elses_or_nobodys_order_is_no_ticket_here(self, barista):
        assert post(barista, "seen", {"order": "nothing"}).status_code == 200
        assert post(barista, "seen", {"order": "\0"}).status_code == 200


class TestFinding:
    def find(self, barista, number="") -> str:
        return barista.get("/barista/ABC/find/", {"number": number}, headers=HTMX).content.decode()

    def test_a_number_finds_the_order_wherever_it_is(self, barista, bob, alice, charlie, store):
        queued(alice, store)
        commands.collect(ready(charlie, store, bob), by=bob)

        assert "Show the ticket" in self.find(barista, "1")
        over = self.find(barista, "2")
        assert "collected" in over
        assert "Make again" in over
        assert "There is no order with this number." in self.find(barista, "3")

    def test_the_newer_series_comes_first_and_the_one_before_is_found(self, barista, alice, charlie, store):
        old = queued(alice, store)
        counting.start_series(store)
        new = queued(charlie, store)
        assert re.findall(r'href="#o-([^"]+)"', self.find(barista, "1")) == [new.pk, old.pk]

    def test_without_a_number_it_offers_what_was_handed_over_last(self, barista, bob, alice, charlie, store):
        commands.collect(ready(alice, store, bob), by=bob)
        ready(charlie, store, bob)
        clock.advance(601)
        deadlines.settle_overdue(store)

        html = self.find(barista)

        assert re.findall(r'found__number">(\d+)<', html) == ["2", "1"]
        assert "not collected" in html

    def test_what_nobody_collected_is_made_again_at_its_old_place(self, barista, bob, alice, store):
        order = commands.collect(ready(alice, store, bob), by=bob)
        assert tap(barista, order, "remake").status_code == 200
        assert Order.objects.get(remake_of=order).place == order.place

    @pytest.mark.parametrize("number", ["x", "-1", "1.5", "٤", "9" * 40, "1\0"])
    def test_what_is_no_number_finds_nothing(self, barista, number):
        assert 'class="found__order"' not in self.find(barista, number)

    def test_without_htmx_it_leads_to_the_board(self, barista):
        assert barista.get("/barista/ABC/find/")["Location"] == "/barista/ABC/"


class TestTickets:
    def test_a_ready_drink_is_called_again(self, barista, bob, alice, store):
        order = ready(alice, store, bob)
        html = tap(barista, order, "call").content.decode()
        order.refresh_from_db()
        assert order.called_at
        assert status_of(order) == Status.READY
        assert "1 is called again." in html

    def test_when_a_ticket_is_old_or_late_is_the_stores_to_say(self, barista, alice, store):
        store.warn_s, store.late_s = 60, 90
        store.save()
        queued(alice, store)
        html = " ".join(barista.get("/barista/ABC/").content.decode().split())
        assert 'data-warn="60" data-late="90"' in html
        assert "{n} min&#10;late" in html

    def test_tickets_say_their_milk_so_that_alike_ones_can_be_hinted(self, alice, charlie, store):
        queued(alice, store, "Cappuccino", ["Oat"])
        queued(charlie, store)
        assert re.findall(r'data-milk="([^"]*)"', snapshot(store)) == ["Oat"]

    def test_a_pause_of_its_own_says_why(self, barista, store):
        services.pause_by_itself(store)
        assert (
            "Paused automatically: no barista’s screen has been on since"
            in barista.get("/barista/ABC/").content.decode()
        )
