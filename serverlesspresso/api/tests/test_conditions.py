"""ETag, If-Match and Location: a change that is meant for what was read, and where to find what was made."""

import pytest

from conftest import choosing, making, queued, scanned
from display import qr_codes
from orders import commands, processor
from orders.errors import OrderError
from serverlesspresso.api.tests.caller import Caller, said
from serverlesspresso.events.models import Event

pytestmark = pytest.mark.django_db
OAT = {"drink": "Cappuccino", "modifiers": ["Oat"]}


class TestETag:
    def test_an_orders_is_its_version(self, store, alice, bob):
        order = queued(alice, store)
        for answer in (
            Caller(alice).get(f"orders/{order.pk}"),
            Caller(alice).put(f"orders/{order.pk}", OAT),
            Caller(bob).post(f"orders/{order.pk}/make"),
        ):
            assert answer["ETag"] == f'"{answer.json()["version"]}"'

    def test_it_comes_again_with_the_answer_kept_under_a_key(self, store, bob):
        send = lambda: Caller(bob).post(  # noqa: E731
            "stores/ABC/walk-ups", {"drink": "Espresso"}, **{"Idempotency-Key": "a"}
        )
        first, again = send(), send()
        assert again["Idempotent-Replayed"] == "true"
        assert (again["ETag"], again["Location"]) == (first["ETag"], first["Location"])

    def test_lists_have_none(self, alice):
        assert "ETag" not in Caller(alice).get("orders")


class TestIfMatch:
    def test_the_version_that_was_read_lets_the_change_through(self, store, alice):
        order = queued(alice, store)
        etag = Caller(alice).get(f"orders/{order.pk}")["ETag"]
        answer = Caller(alice).put(f"orders/{order.pk}", OAT, **{"If-Match": etag})
        assert (answer.status_code, answer.json()["drink"]) == (200, "Cappuccino")
        assert answer["ETag"] != etag

    def test_one_that_was_compressed_on_its_way_counts_too(self, store, alice):
        order = queued(alice, store)
        gzip = {"Accept-Encoding": "gzip"}
        etag = Caller(alice).get(f"orders/{order.pk}", **gzip)["ETag"]
        assert etag.startswith("W/")
        assert Caller(alice).put(f"orders/{order.pk}", OAT, **{"If-Match": etag}).status_code == 200

    def test_so_it_does_between_two_steps_of_a_chain(self, store, alice):
        order = scanned(alice, store)
        answer = Caller(alice).put(f"orders/{order.pk}", OAT, **{"If-Match": f'"{order.version}"'})
        assert answer.json()["status"] == "submitted"
        answer = Caller(alice).put(
            f"orders/{order.pk}", {"drink": "Espresso"}, **{"If-Match": answer["ETag"]}
        )
        assert (answer.json()["status"], answer.json()["drink"]) == ("queued", "Espresso")

    @pytest.mark.parametrize("sent", ['"0"', 'W/"0"', '"0", "77"', '"coffee"'])
    def test_an_earlier_version_is_412_and_changes_nothing(self, store, alice, sent):
        order = queued(alice, store)
        events = Event.objects.count()
        answer = Caller(alice).put(f"orders/{order.pk}", OAT, **{"If-Match": sent})
        assert said(answer) == (412, "changed_meanwhile")
        assert (answer.json()["order_id"], answer.json()["order_status"]) == (order.pk, "queued")
        now = processor.load(order.pk)
        assert (now.drink, now.version, Event.objects.count()) == ("Espresso", order.version, events)

    @pytest.mark.parametrize("sent", ["*", '"0", "{version}"'])
    def test_any_of_several_will_do(self, store, alice, sent):
        order = queued(alice, store)
        sent = sent.replace("{version}", str(order.version))
        assert Caller(alice).put(f"orders/{order.pk}", OAT, **{"If-Match": sent}).status_code == 200

    @pytest.mark.parametrize("sent", ["", "3", "'3'"])
    def test_what_is_no_etag_is_422(self, store, alice, sent):
        order = queued(alice, store)
        answer = Caller(alice).put(f"orders/{order.pk}", OAT, **{"If-Match": sent})
        assert said(answer) == (422, "invalid")
        assert list(answer.json()["errors"]) == ["If-Match"]
        assert processor.load(order.pk).drink == "Espresso"

    def test_a_late_change_of_the_version_that_was_read_is_409_as_ever(self, store, alice, bob):
        order = making(alice, store, bob)
        answer = Caller(alice).put(f"orders/{order.pk}", OAT, **{"If-Match": f'"{order.version}"'})
        assert said(answer) == (409, "too_late")

    def test_under_a_key_the_same_change_sent_again_gets_its_first_answer(self, store, alice):
        order = queued(alice, store)
        tied = {"If-Match": f'"{order.version}"', "Idempotency-Key": "a"}
        first, again = (Caller(alice).put(f"orders/{order.pk}", OAT, **tied) for _time in range(2))
        assert (first.status_code, again.status_code) == (200, 200)
        assert again.content == first.content

    @pytest.mark.parametrize("at", [scanned, choosing, queued])
    def test_of_two_changes_at_once_one_is_refused(self, store, alice, at):
        """Both have read the order, one is quicker. Not even to their owner is the other a repetition."""
        known = at(alice, store)
        commands.submit(processor.load(known.pk), drink="Espresso", modifiers=[], by=alice)
        if at is queued:
            commands.submit(processor.load(known.pk), drink="Cappuccino", modifiers=["Regular"], by=alice)
        before = processor.load(known.pk)
        with pytest.raises(OrderError) as refused:
            commands.submit(known, drink="Cappuccino", modifiers=["Oat"], by=alice, version=known.version)
        assert refused.value.code == "changed_meanwhile"
        now = processor.load(known.pk)
        assert (now.drink, now.modifiers) == (before.drink, before.modifiers)


class TestLocation:
    def test_of_a_scan_and_of_a_walk_up(self, store, alice, bob):
        token = qr_codes.current_code(store).token
        for caller, answer in (
            (Caller(alice), Caller(alice).post("stores/ABC/orders", {"token": token})),
            (Caller(bob), Caller(bob).post("stores/ABC/walk-ups", {"drink": "Espresso"})),
        ):
            assert answer.status_code == 201
            path = answer["Location"].removeprefix("/api/v1/")
            assert path == f"orders/{answer.json()['id']}"
            assert caller.get(path).json()["id"] == answer.json()["id"]
