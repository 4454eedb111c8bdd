"""Calls about a store, one class each."""

import pytest

from conftest import make_store, queued, scanned
from display import qr_codes
from orders import commands
from orders.models import Order, Status
from serverlesspresso.api.tests.caller import Caller, said
from serverlesspresso.core import clock
from serverlesspresso.events.log.publish import latest_sequence

pytestmark = pytest.mark.django_db


class TestGetStore:
    def test_anybody_sees_the_menu(self, store):
        answer = Caller().get("stores/ABC")
        assert answer.status_code == 200
        cappuccino = answer.json()["menu"]["drinks"][1]
        assert cappuccino == {
            "name": "Cappuccino",
            "label": "Cappuccino",
            "icon": "cappuccino",
            "available": True,
            "modifiers": [
                {
                    "name": "Milk",
                    "label": "Milk",
                    "min": 1,
                    "max": 1,
                    "options": [
                        {"name": "Regular", "label": "Regular", "available": True},
                        {"name": "Oat", "label": "Oat", "available": True},
                    ],
                }
            ],
        }
        assert {key: answer.json()[key] for key in ("store", "open", "paused", "language")} == {
            "store": "ABC",
            "open": True,
            "paused": False,
            "language": "en",
        }

    def test_labels_come_in_the_callers_language(self, store):
        answer = Caller(**{"Accept-Language": "pt-BR"}).get("stores/ABC")
        milk = answer.json()["menu"]["drinks"][1]["modifiers"][0]
        assert (milk["name"], milk["label"], milk["options"][1]["label"]) == ("Milk", "Leite", "Aveia")

    def test_what_did_not_change_is_not_sent_again(self, store):
        first = Caller().get("stores/ABC")
        again = Caller().get("stores/ABC", **{"If-None-Match": first["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        store.name = "Another name"
        store.save()
        assert Caller().get("stores/ABC", **{"If-None-Match": first["ETag"]}).json()["name"] == "Another name"

    def test_another_language_is_another_answer(self, store):
        first = Caller().get("stores/ABC")
        assert (
            Caller()
            .get("stores/ABC", **{"If-None-Match": first["ETag"], "Accept-Language": "pt-br"})
            .status_code
            == 200
        )

    @pytest.mark.parametrize("slug", ["XYZ", "abcd", "AB%00C", "%F0%9F%98%80", "A" * 5000])
    def test_an_unknown_store_is_404(self, store, slug):
        assert said(Caller().get(f"stores/{slug}")) == (404, "not_found")

    def test_an_archived_store_is_404(self):
        make_store(archived_at=clock.now())
        assert said(Caller().get("stores/ABC")) == (404, "not_found")


class TestPutStatus:
    def test_a_manager_closes_and_opens(self, store, dana):
        assert Caller(dana).put("stores/ABC/status", {"open": False}).json()["open"] is False
        assert Caller(dana).put("stores/ABC/status", {"open": True, "paused": True}).json()["open"] is True
        store.refresh_from_db()
        assert (store.is_open, store.is_paused) == (True, True)

    def test_a_barista_pauses_and_resumes(self, store, bob):
        assert Caller(bob).put("stores/ABC/status", {"paused": True}).json()["paused"] is True
        assert Caller(bob).put("stores/ABC/status", {"paused": False}).json()["paused"] is False

    def test_a_barista_may_not_open(self, store, bob):
        assert said(Caller(bob).put("stores/ABC/status", {"open": True, "paused": True})) == (
            403,
            "forbidden",
        )
        store.refresh_from_db()
        assert not store.is_paused

    @pytest.mark.parametrize("body", [None, {}, {"open": None}])
    def test_nothing_sent_changes_nothing(self, store, dana, body):
        before = latest_sequence("ABC")
        assert Caller(dana).put("stores/ABC/status", body).status_code == 200
        assert latest_sequence("ABC") == before

    @pytest.mark.parametrize("value", ["true", 1, [], {}])
    def test_only_true_and_false_will_do(self, store, dana, value):
        answer = Caller(dana).put("stores/ABC/status", {"open": value})
        assert said(answer) == (422, "invalid")
        assert answer.json()["errors"] == {"open": "This must be true or false."}


class TestPutAvailability:
    def test_a_drink_is_sold_out_and_back(self, store, bob):
        sold_out = Caller(bob).put("stores/ABC/availability", {"drink": "Espresso", "available": False})
        assert [each["available"] for each in sold_out.json()["menu"]["drinks"]] == [False, True]
        back = Caller(bob).put("stores/ABC/availability", {"drink": "Espresso", "available": True})
        assert [each["available"] for each in back.json()["menu"]["drinks"]] == [True, True]

    def test_an_option_is_sold_out(self, store, bob):
        body = {"drink": "Cappuccino", "option": "Oat", "available": False}
        milk = Caller(bob).put("stores/ABC/availability", body).json()["menu"]["drinks"][1]["modifiers"][0]
        assert [each["available"] for each in milk["options"]] == [True, False]

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"drink": "Tea", "available": False}, "drink"),
            ({"drink": "Espresso", "option": "Oat", "available": False}, "option"),
            ({"drink": "Espresso"}, "available"),
            ({"available": True}, "drink"),
            ({"drink": 7, "available": True}, "drink"),
        ],
    )
    def test_what_is_wrong_is_named(self, store, bob, body, field):
        answer = Caller(bob).put("stores/ABC/availability", body)
        assert said(answer) == (422, "invalid")
        assert list(answer.json()["errors"]) == [field]


class TestGetCode:
    def test_a_display_shows_the_running_code(self, store, screen, alice, settings):
        settings.PUBLIC_URL = "https://coffee.example.org"
        scanned(alice, store)
        code = qr_codes.current_code(store)
        assert Caller(screen).get("stores/ABC/code").json() == {
            "token": code.token,
            "url": f"https://coffee.example.org/q/{code.token}",
            "remaining": 9,
            "starts_at": clock.text(code.starts_at),
            "ends_at": clock.text(code.ends_at),
        }


class TestPostOrder:
    def test_a_scan_becomes_an_order(self, store, alice):
        answer = Caller(alice).post("stores/ABC/orders", {"token": qr_codes.current_code(store).token})
        assert answer.status_code == 201
        order = Order.objects.get()
        assert (order.customer, order.status) == (alice, Status.VALIDATING)
        assert answer.json() == {
            "id": order.pk,
            "store": "ABC",
            "series": None,
            "number": None,
            "status": "validating",
            "drink": None,
            "modifiers": [],
            "position": None,
            "eta": None,
            "created_at": clock.text(order.created_at),
            "submitted_at": None,
            "claimed_at": None,
            "completed_at": None,
            "finished_at": None,
            "deadline_at": None,
            "reason": None,
            "barista": None,
            "version": 1,
        }

    def scan(self, user, store, token=None):
        return Caller(user).post("stores/ABC/orders", {"token": token or qr_codes.current_code(store).token})

    def test_one_live_order_each(self, store, alice):
        first = scanned(alice, store)
        answer = self.scan(alice, store)
        assert said(answer) == (409, "already_ordering")
        assert (answer.json()["order_id"], answer.json()["order_status"]) == (first.pk, "validating")

    def test_closed(self, store, alice):
        type(store).objects.update(is_open=False)
        assert said(self.scan(alice, store)) == (409, "store_closed")

    def test_paused(self, store, alice):
        type(store).objects.update(paused_at=clock.now())
        assert said(self.scan(alice, store)) == (409, "store_paused")

    def test_one_a_day(self, store, alice, bob):
        commands.collect(commands.complete(queued(alice, store), by=bob), by=alice)
        answer = self.scan(alice, store)
        assert said(answer) == (409, "limit_reached")
        assert answer.json()["retry_at"].endswith("T00:00:00.000Z")
        assert 0 < int(answer["Retry-After"]) <= 86_400

    @pytest.mark.parametrize("token", ["nonsense", "x" * 10_000, "a\0b", "", "☕"])
    def test_a_token_of_no_code(self, store, alice, token):
        answer = Caller(alice).post("stores/ABC/orders", {"token": token})
        assert said(answer) == (400, "code_invalid")

    def test_the_code_of_another_store(self, store, alice):
        other = qr_codes.current_code(make_store("XYZ")).token
        assert said(self.scan(alice, store, other)) == (400, "code_invalid")

    def test_an_old_code(self, store, alice):
        token = qr_codes.current_code(store).token
        clock.advance(store.code_s + 61)
        assert said(self.scan(alice, store, token)) == (409, "code_expired")

    def test_a_used_up_code(self, alice, charlie):
        store = make_store(per_code=1)
        scanned(charlie, store)
        answer = self.scan(alice, store)
        assert said(answer) == (409, "code_used_up")
        assert 0 < int(answer["Retry-After"]) <= 300

    def test_a_full_queue_uses_nothing_up(self, alice, charlie):
        store = make_store(capacity=1)
        scanned(charlie, store)
        answer = self.scan(alice, store)
        assert said(answer) == (409, "queue_full")
        assert int(answer["Retry-After"]) == 120
        assert qr_codes.current_code(store).remaining == 9

    def test_too_often(self, store, alice):
        for _scan in range(3):
            commands.withdraw(scanned(alice, store), by=alice)
        answer = self.scan(alice, store)
        assert said(answer) == (429, "too_many_holds")
        assert 0 < int(answer["Retry-After"]) <= 3600

    @pytest.mark.parametrize("body", [None, {}, {"token": None}, {"token": 7}])
    def test_without_a_token(self, store, alice, body):
        answer = Caller(alice).post("stores/ABC/orders", body)
        assert said(answer) == (422, "invalid")
        assert list(answer.json()["errors"]) == ["token"]


class TestPostWalkUp:
    def test_staff_type_an_order_in(self, store, bob):
        body = {"drink": "Cappuccino", "modifiers": ["Oat"], "name": "  Zoë 👩‍🚀 "}
        answer = Caller(bob).post("stores/ABC/walk-ups", body)
        assert answer.status_code == 201
        assert (answer.json()["status"], answer.json()["modifiers"]) == ("submitted", ["Oat"])
        order = Order.objects.get()
        assert (order.source, order.customer, order.name) == ("walk_up", None, "Zoë 👩‍🚀")

    def test_without_a_name(self, store, bob):
        assert Caller(bob).post("stores/ABC/walk-ups", {"drink": "Espresso"}).status_code == 201

    @pytest.mark.parametrize(
        ("body", "code", "field"),
        [
            ({"drink": "Tea", "modifiers": []}, "invalid", "drink"),
            ({"drink": "Cappuccino", "modifiers": []}, "invalid", "modifiers"),
            ({"drink": "Cappuccino", "modifiers": ["Oat", "Oat"]}, "invalid", "modifiers"),
            ({"drink": "Espresso", "modifiers": "Oat"}, "invalid", "modifiers"),
            ({"drink": "Espresso", "modifiers": ["x"] * 51}, "invalid", "modifiers"),
            ({"drink": "Espresso", "modifiers": [7]}, "invalid", "modifiers"),
            ({"drink": "Espresso", "name": "x" * 10_000}, "name_too_long", "name"),
        ],
    )
    def test_what_is_wrong_is_named(self, store, bob, body, code, field):
        answer = Caller(bob).post("stores/ABC/walk-ups", body)
        assert said(answer) == (422, code)
        assert list(answer.json()["errors"]) == [field]
        assert not Order.objects.exists()

    def test_sold_out(self, store, bob):
        store.drinks.update(available=False)
        assert said(Caller(bob).post("stores/ABC/walk-ups", {"drink": "Espresso"})) == (409, "sold_out")
