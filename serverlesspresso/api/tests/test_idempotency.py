"""Idempotency-Key: sent twice, done once."""

import threading

import pytest
from django.db import OperationalError, connection

from conftest import choosing, make_store, make_user, queued, scanned
from display import qr_codes
from orders import commands
from orders.models import Order
from serverlesspresso.accounts.models import Role
from serverlesspresso.api import idempotency, tasks
from serverlesspresso.api.models import IdempotencyKey
from serverlesspresso.api.tests.caller import Caller, said
from serverlesspresso.core import clock
from serverlesspresso.events.log.publish import latest_sequence

pytestmark = pytest.mark.django_db
KEY = {"Idempotency-Key": "8e03978e-40d5-43dd-bc93-6894a57f9324"}


def walk_up(caller, drink="Espresso", **headers):
    return caller.post("stores/ABC/walk-ups", {"drink": drink}, **(KEY | headers))


class TestReplay:
    def test_the_first_answer_comes_again_byte_by_byte(self, store, bob):
        caller = Caller(bob)
        first, again = walk_up(caller), walk_up(caller)
        assert (first.status_code, again.status_code) == (201, 201)
        assert again.content == first.content
        assert again["Content-Type"] == first["Content-Type"]
        assert again["Idempotent-Replayed"] == "true"
        assert "Idempotent-Replayed" not in first
        assert Order.objects.count() == 1

    def test_even_if_the_order_has_moved_on(self, store, alice):
        order = choosing(alice, store)
        caller = Caller(alice)
        first = caller.put(f"orders/{order.pk}", {"drink": "Espresso"}, **KEY)
        commands.withdraw(order, by=alice)
        assert caller.put(f"orders/{order.pk}", {"drink": "Espresso"}, **KEY).content == first.content

    def test_without_a_key_each_call_counts(self, store, bob):
        for _call in range(2):
            Caller(bob).post("stores/ABC/walk-ups", {"drink": "Espresso"})
        assert Order.objects.count() == 2

    def test_another_key_is_another_call(self, store, bob):
        walk_up(Caller(bob))
        walk_up(Caller(bob), **{"Idempotency-Key": "another"})
        assert Order.objects.count() == 2

    def test_keys_are_each_callers_own(self, store, bob, dana):
        walk_up(Caller(bob))
        assert walk_up(Caller(dana)).status_code == 201
        assert Order.objects.count() == 2

    def test_without_a_token_nothing_is_replayed(self, store, bob):
        walk_up(Caller(bob))
        assert said(walk_up(Caller())) == (401, "unauthenticated")

    def test_reading_takes_no_notice(self, store, alice):
        order = scanned(alice, store)
        Caller(alice).get(f"orders/{order.pk}", **KEY)
        assert not IdempotencyKey.objects.exists()


class TestReuse:
    def test_another_body_is_refused(self, store, bob):
        walk_up(Caller(bob))
        answer = walk_up(Caller(bob), drink="Cappuccino")
        assert said(answer) == (422, "key_reused")
        assert list(answer.json()["errors"]) == ["Idempotency-Key"]
        assert Order.objects.count() == 1

    def test_another_address_is_refused(self, store, alice):
        make_store("XYZ")
        order = choosing(alice, store)
        Caller(alice).post(f"orders/{order.pk}/extend", **KEY)
        assert said(Caller(alice).post(f"orders/{order.pk}/cancel", **KEY)) == (422, "key_reused")

    @pytest.mark.parametrize("key", ["", "x" * 256])
    def test_a_key_has_1_to_255_characters(self, store, bob, key):
        answer = walk_up(Caller(bob), **{"Idempotency-Key": key})
        assert said(answer) == (422, "key_invalid")
        assert list(answer.json()["errors"]) == ["Idempotency-Key"]
        assert not Order.objects.exists()

    @pytest.mark.parametrize("key", ["x", "x" * 255, "☕".encode().decode("latin-1")])
    def test_any_such_key_will_do(self, store, bob, key):
        assert walk_up(Caller(bob), **{"Idempotency-Key": key}).status_code == 201
        assert walk_up(Caller(bob), **{"Idempotency-Key": key})["Idempotent-Replayed"] == "true"


class TestRefusals:
    def test_they_are_not_kept(self, store, alice):
        order = choosing(alice, store)
        store.drinks.update(available=False)
        assert said(Caller(alice).put(f"orders/{order.pk}", {"drink": "Espresso"}, **KEY)) == (
            409,
            "sold_out",
        )
        store.drinks.update(available=True)
        answer = Caller(alice).put(f"orders/{order.pk}", {"drink": "Espresso"}, **KEY)
        assert (answer.status_code, answer.json()["status"]) == (200, "submitted")
        assert "Idempotent-Replayed" not in answer

    def test_what_was_overdue_stays_settled(self, store, alice):
        order = choosing(alice, store)
        clock.advance(store.customer_s + 1)
        answer = Caller(alice).put(f"orders/{order.pk}", {"drink": "Espresso"}, **KEY)
        assert answer.json()["order_status"] == "timed_out"
        assert Order.objects.get().status == "timed_out"
        assert not IdempotencyKey.objects.exists()

    def test_a_failure_leaves_nothing(self, store, bob, monkeypatch):
        before = latest_sequence("ABC")
        monkeypatch.setattr("orders.api.describe", lambda order: 1 / 0)
        assert said(walk_up(Caller(bob))) == (500, "failed")
        assert (Order.objects.count(), IdempotencyKey.objects.count(), latest_sequence("ABC")) == (
            0,
            0,
            before,
        )

    def test_a_deadlock_is_tried_again(self, store, bob, monkeypatch):
        class Deadlock(Exception):
            sqlstate = "40P01"

        tries = []

        def unlucky(*args, walk_up=commands.walk_up, **kwargs):
            tries.append(1)
            if len(tries) == 1:
                raise OperationalError("deadlock detected") from Deadlock()
            return walk_up(*args, **kwargs)

        monkeypatch.setattr(commands, "walk_up", unlucky)
        assert walk_up(Caller(bob)).status_code == 201
        assert (len(tries), Order.objects.count()) == (2, 1)


class TestForgetting:
    def test_after_48_hours_the_key_is_free(self, store, bob):
        walk_up(Caller(bob))
        clock.advance(48 * 3600 - 10)
        assert walk_up(Caller(bob))["Idempotent-Replayed"] == "true"
        clock.advance(20)
        assert "Idempotent-Replayed" not in walk_up(Caller(bob))
        assert (Order.objects.count(), IdempotencyKey.objects.count()) == (2, 1)

    def test_old_ones_are_purged_and_young_ones_stay(self, store, bob):
        walk_up(Caller(bob))
        clock.advance(48 * 3600 + 1)
        walk_up(Caller(bob), **{"Idempotency-Key": "young"})
        tasks.purge_keys()
        assert IdempotencyKey.objects.get().key == "young"
        assert idempotency.purge() == 0

    def test_beat_does_so(self, settings):
        assert {
            "task": "serverlesspresso.api.tasks.purge_keys",
            "schedule": 3600.0,
        } in settings.CELERY_BEAT_SCHEDULE.values()


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def together(self, count, act):
        """What so many threads get who act at the same moment."""
        answers, ready = [], threading.Barrier(count)

        def run():
            ready.wait(10)
            try:
                answers.append(act())
            finally:
                connection.close()

        threads = [threading.Thread(target=run) for _each in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert len(answers) == count
        return answers

    def test_one_effect_and_one_answer(self):
        bob = make_user("Bob", make_store(), Role.BARISTA)
        caller = Caller(bob)
        answers = self.together(6, lambda: walk_up(Caller(**caller.headers)))
        assert [each.status_code for each in answers] == [201] * 6
        assert len({each.content for each in answers}) == 1
        assert sum("Idempotent-Replayed" not in each for each in answers) == 1
        assert Order.objects.count() == 1

    def test_one_hold_for_one_scan(self):
        store, alice = make_store(), make_user("Alice")
        token = qr_codes.current_code(store).token
        caller = Caller(alice)
        answers = self.together(
            6, lambda: Caller(**caller.headers).post("stores/ABC/orders", {"token": token}, **KEY)
        )
        assert {each.status_code for each in answers} == {201}
        assert qr_codes.current_code(store).remaining == 9

    def test_one_key_for_two_orders_takes_one(self):
        store = make_store()
        bob = make_user("Bob", store, Role.BARISTA)
        orders = [queued(make_user(name), store).pk for name in ("Alice", "Charlie")]
        caller, lock = Caller(bob), iter(orders)
        answers = self.together(2, lambda: Caller(**caller.headers).post(f"orders/{next(lock)}/make", **KEY))
        assert sorted(each.status_code for each in answers) == [200, 422]
        assert Order.objects.filter(status="making").count() == 1
