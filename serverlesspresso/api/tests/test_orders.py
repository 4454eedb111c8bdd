"""Calls about an order, one class each."""

import pytest

from conftest import choosing, make_store, make_user, making, queued, ready, scanned
from orders import commands, deadlines, workflow
from orders.models import Order
from serverlesspresso.accounts.models import Role
from serverlesspresso.api.tests.caller import Caller, said
from serverlesspresso.core import clock
from serverlesspresso.events.models import Event

pytestmark = pytest.mark.django_db


def too_late(answer) -> str:
    """The status that a late act was answered with."""
    assert said(answer) == (409, "too_late")
    assert answer.json()["order_id"]
    return answer.json()["order_status"]


class TestGetOrders:
    def test_ones_own_newest_first(self, store, alice, charlie):
        first = scanned(alice, store)
        second = scanned(alice, make_store("XYZ"))
        scanned(charlie, store)
        answer = Caller(alice).get("orders").json()
        assert [each["id"] for each in answer["items"]] == [second.pk, first.pk]
        assert answer["next"] is None

    def test_a_page_at_a_time(self, alice):
        made = [scanned(alice, make_store(slug)).pk for slug in ("A", "B", "C")]
        seen, after = [], ""
        while after is not None:
            page = Caller(alice).get(f"orders?limit=1&after={after}").json()
            seen += [each["id"] for each in page["items"]]
            after = page["next"]
        assert seen == made[::-1]

    @pytest.mark.parametrize(
        ("query", "field"),
        [("limit=0", "limit"), ("limit=501", "limit"), ("after=x", "after"), ("after=1", "after")],
    )
    def test_what_is_wrong_is_named(self, alice, query, field):
        answer = Caller(alice).get(f"orders?{query}")
        assert said(answer) == (422, "invalid")
        assert list(answer.json()["errors"]) == [field]


class TestGetOrder:
    def test_a_waiting_order_knows_its_place(self, store, alice, charlie, bob):
        queued(charlie, store)
        order = queued(alice, store, drink="Cappuccino", modifiers=["Oat"])
        answer = Caller(alice).get(f"orders/{order.pk}").json()
        assert (answer["status"], answer["number"], answer["series"], answer["position"]) == (
            "queued",
            2,
            1,
            2,
        )
        assert (answer["drink"], answer["modifiers"], answer["eta"]) == ("Cappuccino", ["Oat"], None)
        assert answer["deadline_at"] == clock.text(deadlines.deadline(order, None))
        assert Caller(bob).get(f"orders/{order.pk}").json() == answer

    def test_when_it_is_expected(self, store, alice, bob):
        waiting = [commands.walk_up(store, by=bob, drink="Espresso", modifiers=[]) for _each in range(6)]
        for order in waiting:
            workflow.run(workflow.QUEUE, order.pk)
        for order in waiting:
            clock.advance(60)
            commands.complete(commands.processor.load(order.pk), by=bob)
        order = queued(alice, store)
        eta = Caller(alice).get(f"orders/{order.pk}").json()["eta"]
        assert eta["from"] == pytest.approx(60, abs=1)
        assert eta["to"] == pytest.approx(60, abs=1)

    def test_the_reason_comes_in_words(self, store, alice, bob):
        order = commands.cancel(queued(alice, store), by=bob, reason="machine")
        reason = Caller(alice).get(f"orders/{order.pk}").json()["reason"]
        assert reason == {"code": "machine", "text": "Sorry, the machine needs a break."}

    def test_somebody_elses_looks_like_a_missing_one(self, store, alice, charlie):
        order = scanned(alice, store)
        theirs, missing = Caller(charlie).get(f"orders/{order.pk}"), Caller(charlie).get("orders/none")
        assert said(theirs) == said(missing) == (404, "not_found")
        assert theirs.content == missing.content
        assert Caller(charlie).get("orders/a%00b").content == missing.content


class TestPutOrder:
    def test_choose(self, store, alice):
        order = choosing(alice, store)
        answer = Caller(alice).put(f"orders/{order.pk}", {"drink": "Cappuccino", "modifiers": ["Oat"]})
        assert (answer.status_code, answer.json()["status"]) == (200, "submitted")
        assert (answer.json()["drink"], answer.json()["modifiers"]) == ("Cappuccino", ["Oat"])

    def test_in_validating_it_runs_the_waiting_steps_first(self, store, alice):
        order = scanned(alice, store)
        assert Caller(alice).put(f"orders/{order.pk}", {"drink": "Espresso"}).json()["status"] == "submitted"

    def test_in_queued_it_swaps(self, store, alice):
        order = queued(alice, store)
        answer = (
            Caller(alice).put(f"orders/{order.pk}", {"drink": "Cappuccino", "modifiers": ["Regular"]}).json()
        )
        assert (answer["status"], answer["number"], answer["drink"]) == ("queued", 1, "Cappuccino")

    def test_later_it_is_too_late(self, store, alice, bob):
        order = making(alice, store, bob)
        answer = Caller(alice).put(f"orders/{order.pk}", {"drink": "Cappuccino", "modifiers": ["Oat"]})
        assert too_late(answer) == "making"
        assert Order.objects.get().drink == "Espresso"

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            (None, "drink"),
            ({"modifiers": []}, "drink"),
            ({"drink": None}, "drink"),
            ({"drink": "Tea"}, "drink"),
            ({"drink": "x" * 61}, "drink"),
            ({"drink": "a\0b"}, "drink"),
            ({"drink": "Cappuccino"}, "modifiers"),
            ({"drink": "Cappuccino", "modifiers": None}, "modifiers"),
            ({"drink": "Cappuccino", "modifiers": ["Oat", "Regular"]}, "modifiers"),
            ({"drink": "Espresso", "modifiers": ["Oat"]}, "modifiers"),
            ({"drink": "Espresso", "modifiers": ["\0"]}, "modifiers"),
            ({"drink": "Espresso", "modifiers": {"0": "Oat"}}, "modifiers"),
        ],
    )
    def test_what_is_wrong_is_named(self, store, alice, body, field):
        order = choosing(alice, store)
        answer = Caller(alice).put(f"orders/{order.pk}", body)
        assert said(answer) == (422, "invalid")
        assert list(answer.json()["errors"]) == [field]
        assert Order.objects.get().status == "choosing"

    def test_sold_out(self, store, alice):
        order = choosing(alice, store)
        store.drinks.update(available=False)
        refusal = Caller(alice).put(f"orders/{order.pk}", {"drink": "Espresso"})
        assert said(refusal) == (409, "sold_out")
        assert (refusal.json()["order_id"], refusal.json()["order_status"]) == (order.pk, "choosing")

    def test_unknown_fields_are_ignored(self, store, alice):
        order = choosing(alice, store)
        answer = Caller(alice).put(f"orders/{order.pk}", {"drink": "Espresso", "tip": 5, "status": "ready"})
        assert answer.json()["status"] == "submitted"


class TestExtend:
    def test_the_whole_time_again(self, store, alice):
        order = choosing(alice, store)
        clock.advance(200)
        answer = Caller(alice).post(f"orders/{order.pk}/extend")
        assert answer.status_code == 200
        assert answer.json()["deadline_at"] > clock.text(order.deadline_at)

    def test_ten_times_at_most(self, store, alice):
        order = choosing(alice, store)
        Order.objects.update(extensions=10)
        answer = Caller(alice).post(f"orders/{order.pk}/extend")
        assert said(answer) == (409, "no_more_time")
        assert answer.json()["order_status"] == "choosing"

    def test_too_late(self, store, alice):
        assert too_late(Caller(alice).post(f"orders/{queued(alice, store).pk}/extend")) == "queued"


class TestMake:
    def test_claim(self, store, alice, bob):
        order = queued(alice, store)
        answer = Caller(bob).post(f"orders/{order.pk}/make").json()
        assert (answer["status"], answer["barista"], answer["position"]) == ("making", "Bob", None)

    def test_ones_own_claim_again_is_no_second_event(self, store, alice, bob):
        order = making(alice, store, bob)
        before = Event.objects.count()
        assert Caller(bob).post(f"orders/{order.pk}/make").json()["version"] == order.version
        assert Event.objects.count() == before

    def test_a_colleagues_claim_stands_unless_taken_over(self, store, alice, bob, dana):
        order = making(alice, store, bob)
        assert too_late(Caller(dana).post(f"orders/{order.pk}/make", {"take_over": False})) == "making"
        assert Caller(dana).post(f"orders/{order.pk}/make", {"take_over": True}).json()["barista"] == "Dana"

    @pytest.mark.parametrize("value", ["yes", 1, None])
    def test_take_over_is_true_or_false(self, store, alice, bob, value):
        answer = Caller(bob).post(f"orders/{queued(alice, store).pk}/make", {"take_over": value})
        assert said(answer) == (422, "invalid")
        assert list(answer.json()["errors"]) == ["take_over"]


class TestUnmake:
    def test_back_to_its_place(self, store, alice, bob):
        order = making(alice, store, bob)
        answer = Caller(bob).post(f"orders/{order.pk}/unmake").json()
        assert (answer["status"], answer["position"], answer["barista"]) == ("queued", 1, None)

    def test_too_late(self, store, alice, bob):
        assert too_late(Caller(bob).post(f"orders/{ready(alice, store, bob).pk}/unmake")) == "ready"


class TestComplete:
    @pytest.mark.parametrize("claimed", [True, False])
    def test_from_making_and_from_queued(self, store, alice, bob, claimed):
        order = making(alice, store, bob) if claimed else queued(alice, store)
        answer = Caller(bob).post(f"orders/{order.pk}/complete").json()
        assert (answer["status"], answer["barista"]) == ("ready", "Bob")
        assert answer["completed_at"]

    def test_too_early(self, store, alice, bob):
        assert too_late(Caller(bob).post(f"orders/{choosing(alice, store).pk}/complete")) == "choosing"


class TestRecall:
    def test_back_into_the_making(self, store, alice, bob):
        answer = Caller(bob).post(f"orders/{ready(alice, store, bob).pk}/recall").json()
        assert (answer["status"], answer["completed_at"]) == ("making", None)

    def test_for_ten_minutes(self, alice):
        store = make_store(pickup_s=3600)
        bob = make_user("Bob", store, Role.BARISTA)
        order = ready(alice, store, bob)
        clock.advance(601)
        answer = Caller(bob).post(f"orders/{order.pk}/recall")
        assert said(answer) == (409, "too_late_to_recall")
        assert answer.json()["order_status"] == "ready"


class TestCollect:
    def test_handed_over_by_staff(self, store, alice, bob):
        assert (
            Caller(bob).post(f"orders/{ready(alice, store, bob).pk}/collect").json()["status"] == "collected"
        )

    def test_the_owner_has_it(self, store, alice, bob):
        answer = Caller(alice).post(f"orders/{ready(alice, store, bob).pk}/collect").json()
        assert (answer["status"], answer["reason"]) == ("collected", None)
        assert answer["finished_at"]

    def test_too_early(self, store, alice):
        assert too_late(Caller(alice).post(f"orders/{queued(alice, store).pk}/collect")) == "queued"


class TestCancel:
    def test_the_owner_until_making_starts(self, store, alice):
        order = queued(alice, store)
        answer = Caller(alice).post(f"orders/{order.pk}/cancel").json()
        assert (answer["status"], answer["reason"]["code"]) == ("cancelled", "changed_mind")

    def test_the_owner_not_later(self, store, alice, bob):
        order = making(alice, store, bob)
        assert too_late(Caller(alice).post(f"orders/{order.pk}/cancel")) == "making"

    @pytest.mark.parametrize(
        ("body", "code", "text"),
        [
            (None, "other", "The bar cancelled this order. Please ask at the bar."),
            ({"reason": "sold_out"}, "sold_out", "Sorry, something for your drink has run out."),
            ({"reason": "We are on fire ☕"}, "other", "We are on fire ☕"),
        ],
    )
    def test_staff_with_a_reason(self, store, alice, bob, body, code, text):
        order = making(alice, store, bob)
        answer = Caller(bob).post(f"orders/{order.pk}/cancel", body).json()
        assert (answer["status"], answer["reason"]) == ("cancelled", {"code": code, "text": text})

    def test_ones_own_again_is_no_second_event(self, store, alice):
        order = queued(alice, store)
        first = Caller(alice).post(f"orders/{order.pk}/cancel")
        before = Event.objects.count()
        again = Caller(alice).post(f"orders/{order.pk}/cancel")
        assert (again.status_code, again.json()["version"]) == (200, first.json()["version"])
        assert Event.objects.filter(type="OrderManager.OrderCancelled").count() == 1
        assert Event.objects.count() - before <= 1  # at most the books, which the answer settles

    def test_staff_who_order_may_still_cancel_while_it_is_made(self, store, bob, dana):
        order = making(dana, store, bob)
        assert Caller(dana).post(f"orders/{order.pk}/cancel").json()["status"] == "cancelled"

    @pytest.mark.parametrize("reason", ["x" * 201, "a\0b", 7])
    def test_a_reason_nobody_can_keep(self, store, alice, bob, reason):
        answer = Caller(bob).post(f"orders/{queued(alice, store).pk}/cancel", {"reason": reason})
        assert said(answer) == (422, "invalid")
        assert list(answer.json()["errors"]) == ["reason"]
