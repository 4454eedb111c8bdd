"""Lists of a store: its orders and its log."""

import pytest
from django.db import connection

from conftest import choosing, make_store, making, queued, scanned
from display import qr_codes
from orders import api_lists, commands, counting, workflow
from orders.models import Order, Status
from serverlesspresso.api.tests.caller import Caller, cost, said
from serverlesspresso.core import clock
from serverlesspresso.events.log.publish import latest_sequence
from serverlesspresso.events.models import Event

pytestmark = pytest.mark.django_db


def walk_ups(store, bob, count):
    """So many typed-in orders, numbered."""
    made = [commands.walk_up(store, by=bob, drink="Espresso", modifiers=[]) for _each in range(count)]
    for order in made:
        workflow.run(workflow.QUEUE, order.pk)
    return [order.pk for order in made]


class TestGetStoreOrders:
    def test_by_series_and_number_as_integers_and_unnumbered_last(self, store, bob, alice):
        first = walk_ups(store, bob, 11)
        counting.start_series(store)
        second = walk_ups(store, bob, 2)
        unnumbered = choosing(alice, store).pk
        answer = Caller(bob).get("stores/ABC/orders").json()
        assert [each["id"] for each in answer["items"]] == [*first, *second, unnumbered]
        assert [each["position"] for each in answer["items"]] == [*range(1, 14), None]
        assert answer["next"] is None

    @pytest.mark.parametrize("limit", [1, 2, 3, 4, 7, 8])
    def test_pages_leave_nothing_out_and_repeat_nothing(self, store, bob, alice, charlie, limit):
        everything = [*walk_ups(store, bob, 3), choosing(alice, store).pk, scanned(charlie, store).pk]
        everything += [
            commands.walk_up(store, by=bob, drink="Espresso", modifiers=[]).pk for _each in range(2)
        ]
        seen, after = [], ""
        while after is not None:
            page = Caller(bob).get(f"stores/ABC/orders?limit={limit}&after={after}").json()
            assert 1 <= len(page["items"]) <= limit
            seen += [each["id"] for each in page["items"]]
            after = page["next"]
        assert seen == everything

    def test_by_status(self, store, bob, alice, charlie):
        made = making(alice, store, bob).pk
        waiting = queued(charlie, store).pk
        walk_ups(store, bob, 1)
        commands.cancel(Order.objects.get(number=3), by=bob)
        found = Caller(bob).get("stores/ABC/orders?status=queued,making").json()["items"]
        assert [(each["id"], each["status"]) for each in found] == [(made, "making"), (waiting, "queued")]
        assert Caller(bob).get("stores/ABC/orders?status=ready").json() == {"items": [], "next": None}

    def test_by_status_a_page_at_a_time(self, store, bob):
        everything = walk_ups(store, bob, 5)
        seen, after = [], ""
        while after is not None:
            page = Caller(bob).get(f"stores/ABC/orders?status=queued&limit=2&after={after}").json()
            seen += [each["id"] for each in page["items"]]
            after = page["next"]
        assert seen == everything

    def test_the_live_ones_are_found_by_status_however_many_there_were(self, store):
        live = Order.objects.filter(store=store, status__in=[Status.QUEUED, Status.MAKING])
        plan = api_lists._numbered(live, "1.7", few=True)[:101].explain()
        assert "order_queue" in plan or connection.vendor != "sqlite"

    def test_parameters_without_a_value_are_not_given(self, store, bob):
        walk_ups(store, bob, 1)
        assert len(Caller(bob).get("stores/ABC/orders?status=&after=&limit=").json()["items"]) == 1

    @pytest.mark.parametrize(
        ("query", "field"),
        [
            ("status=queued,brewing", "status"),
            ("status=%00", "status"),
            ("limit=0", "limit"),
            ("limit=501", "limit"),
            ("limit=many", "limit"),
            ("after=7", "after"),
            ("after=-1.2", "after"),
            ("after=1.9999999999", "after"),
            ("after=u.1", "after"),
            ("after=u.99999999999999999999999999.x", "after"),
            ("after=u.1.%00", "after"),
            ("after=²", "after"),
        ],
    )
    def test_what_is_wrong_is_named(self, store, bob, query, field):
        answer = Caller(bob).get(f"stores/ABC/orders?{query}")
        assert said(answer) == (422, "invalid")
        assert list(answer.json()["errors"]) == [field]

    @pytest.mark.parametrize("count", [1, 3])
    def test_a_page_costs_the_same_however_long(self, store, bob, count):
        walk_ups(store, bob, count)
        caller = Caller(bob)
        # token, store, role; numbered, unnumbered; places, pace, queue
        assert cost(lambda: caller.get("stores/ABC/orders")) == 8

    def test_other_stores_orders_are_not_there(self, store, bob, alice):
        queued(alice, make_store("XYZ"))
        assert Caller(bob).get("stores/ABC/orders").json()["items"] == []


class TestGetEvents:
    def test_cloudevents_in_order(self, store, bob, alice):
        order = queued(alice, store)
        before = latest_sequence("ABC")
        commands.claim(order, by=bob)
        event = Event.objects.get(store="ABC", sequence=before + 1)
        answer = Caller(bob).get(f"stores/ABC/events?after={before}").json()
        assert answer == {
            "items": [
                {
                    "specversion": "1.0",
                    "id": str(event.pk),
                    "source": "/stores/ABC",
                    "type": "OrderManager.MakeOrder",
                    "subject": order.pk,
                    "time": clock.text(event.at),
                    "datacontenttype": "application/json",
                    "sequence": before + 1,
                    "schemaversion": 1,
                    "data": {"number": 1, "barista": bob.pk, "take_over": False},
                }
            ],
            "next": None,
        }

    def test_an_event_of_the_store_has_no_subject(self, store, bob):
        first = Caller(bob).get("stores/ABC/events?limit=1").json()["items"][0]
        assert first["type"] == "ConfigService.ConfigChanged"
        assert "subject" not in first

    def test_the_cursor_is_the_sequence(self, store, bob, alice):
        queued(alice, store)
        seen, after = [], ""
        while after is not None:
            page = Caller(bob).get(f"stores/ABC/events?limit=2&after={after}").json()
            seen += [each["sequence"] for each in page["items"]]
            after = page["next"]
            assert after in (None, seen[-1])
        assert seen == list(range(1, latest_sequence("ABC") + 1))

    @pytest.mark.parametrize(
        ("query", "field"),
        [
            ("limit=1001", "limit"),
            ("limit=0", "limit"),
            ("after=-1", "after"),
            ("after=x", "after"),
            (f"after={10**30}", "after"),
        ],
    )
    def test_what_is_wrong_is_named(self, store, bob, query, field):
        answer = Caller(bob).get(f"stores/ABC/events?{query}")
        assert said(answer) == (422, "invalid")
        assert list(answer.json()["errors"]) == [field]

    def test_no_token_no_name(self, store, bob, alice):
        queued(alice, store)
        text = Caller(bob).get("stores/ABC/events").content.decode()
        assert "Alice" not in text
        assert qr_codes.current_code(store).token not in text
