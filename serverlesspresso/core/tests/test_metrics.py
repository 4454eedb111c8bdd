"""What `/metrics` says, and to whom."""

import datetime as dt

import pytest
from prometheus_client.parser import text_string_to_metric_families

from config import services
from conftest import choosing, make_store, making, queued, ready, scanned
from display import qr_codes
from display.models import Code
from orders.models import Order
from orders.sweep import sweep
from serverlesspresso.core import clock, metrics
from serverlesspresso.events import after_commit
from serverlesspresso.events.after_commit import BackgroundSender
from serverlesspresso.events.delivery import dead_letters
from serverlesspresso.events.delivery.subscribers import all_subscribers
from serverlesspresso.events.log import publish
from serverlesspresso.events.tests.bus import deliver, subscribed, tell
from serverlesspresso.web import prometheus


class Said:
    """A page of metrics: `said("orders", store="ABC")` is a figure, None when there is none."""

    def __init__(self, text):
        self.samples = [
            sample for family in text_string_to_metric_families(text) for sample in family.samples
        ]

    def __call__(self, name, **labels):
        found = [
            sample.value
            for sample in self.samples
            if sample.name == f"serverlesspresso_{name}" and labels.items() <= sample.labels.items()
        ]
        return sum(found) if found else None


@pytest.fixture
def said(client, transactional_db, monkeypatch):
    """Reads the page."""
    monkeypatch.setattr(prometheus, "_cached", (None, []))

    def read():
        response = client.get("/metrics")
        assert response.status_code == 200
        assert response["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        return Said(response.content.decode())

    return read


def test_a_bar_in_one_process_tells_of_itself(said):
    assert {"process_resident_memory_bytes", "process_open_fds"} <= {each.name for each in said().samples}


# -- from the database -----------------------------------------------------------------------------


def test_live_orders_are_counted_by_store_and_status(said, alice, charlie, bob, store):
    other = make_store("XYZ")
    queued(alice, store)
    ready(charlie, store, bob)
    choosing(alice, other)
    figures = said()
    assert figures("orders", store="ABC", status="queued") == 1
    assert figures("orders", store="ABC", status="ready") == 1
    assert figures("orders", store="XYZ") == figures("orders", store="XYZ", status="choosing") == 1
    assert figures("orders", status="collected") is None


def test_drinks_left_are_those_on_the_running_code_and_asking_makes_none(said, alice, store):
    assert said()("holds_left") is None
    assert not Code.objects.exists()
    code = qr_codes.current_code(store)
    scanned(alice, store)
    clock.advance(2)  # longer than figures are kept
    assert said()("holds_left", store="ABC") == code.budget - 1


def test_figures_are_kept_for_a_while(said, alice, store, monkeypatch):
    assert prometheus.FRESH_S == 1
    monkeypatch.setattr(prometheus, "FRESH_S", 100)  # tests may be slow
    assert said()("orders", store="ABC") == 0
    choosing(alice, store)
    clock.advance(40)
    assert said()("orders", store="ABC") == 0
    clock.advance(61)
    assert said()("orders", store="ABC") == 1


def test_the_log_s_head_and_the_sweep_s_age_are_told(said, alice, store):
    assert said()("sweep_age_seconds") is None
    sweep()
    queued(alice, store)
    clock.advance(7)
    figures = said()
    assert figures("event_head", store="ABC") == publish.latest_sequence("ABC") >= 3
    assert 7 <= figures("sweep_age_seconds") < 60


def test_an_archived_store_is_told_no_more(said, store):
    type(store).objects.update(archived_at=clock.now())
    assert said()("orders") is None


def lost(user, store):
    """An order whose chain the broker lost."""
    order = scanned(user, store)
    Order.objects.filter(pk=order.pk).update(status="validating", moved_at=clock.now(), deadline_at=None)


LATE_AFTER = {
    "customer": (choosing, {}, 300),
    "barista": (queued, {}, 900),
    "claim": (making, {"barista": "bob"}, 900),
    "pickup": (ready, {"barista": "bob"}, 600),
    "lost": (lost, {}, 2),
}


@pytest.mark.parametrize(("bring", "more", "seconds"), LATE_AFTER.values(), ids=LATE_AFTER)
def test_whatever_waits_for_the_sweep_is_overdue_from_its_deadline_on(
    said, alice, bob, store, bring, more, seconds
):
    bring(alice, store, **dict.fromkeys(more, bob))
    clock.advance(max(seconds - 60, 0))
    assert said()("oldest_overdue_seconds") == 0
    clock.advance(min(seconds, 60) + 30)
    assert 30 <= said()("oldest_overdue_seconds") < 60


def test_books_that_are_not_settled_are_overdue(said, alice, store):
    order = choosing(alice, store)
    Order.objects.filter(pk=order.pk).update(status="cancelled", finished_at=clock.now(), deadline_at=None)
    clock.advance(21)
    assert 20 <= said()("oldest_overdue_seconds") < 60


def test_nothing_is_overdue_in_a_paused_queue(said, alice, bob, store):
    queued(alice, store)
    services.set_status(store, paused=True)
    clock.advance(2000)
    assert said()("oldest_overdue_seconds") == 0


def test_a_database_that_does_not_answer_is_a_figure_too(said, monkeypatch):
    def broken():
        raise ConnectionError

    monkeypatch.setattr(prometheus, "_QUESTION", prometheus.Probe(broken))
    figures = said()
    assert figures("database_up") == 0
    assert figures("orders") is None


def test_what_is_asked_does_not_grow_with_orders(
    said, alice, charlie, store, django_assert_num_queries, monkeypatch
):
    of_the_house = [each for each in metrics._others if not each.__module__.startswith("extensions.")]
    monkeypatch.setattr(metrics, "_others", of_the_house)

    of_subscribers = 2 if all_subscribers() else 0

    def asked():
        with django_assert_num_queries(12 + of_subscribers):
            prometheus._read()

    queued(alice, store)
    asked()
    clock.advance(2)
    queued(charlie, store)
    asked()


# -- counted and timed -----------------------------------------------------------------------------


def test_clicks_are_timed_by_route_and_outcome_never_by_what_people_typed(said, client, store):
    before = said()
    client.get("/s/ABC/")
    client.get("/nothing/at/all/")
    client.get("/q/sometoken")
    client.generic("COFFEE", "/healthz")
    after = said()
    assert after("request_seconds_count", method="other", route="healthz", status="4xx") == 1
    for route, status in (("orders:store", "2xx"), ("none", "4xx"), ("orders:scan", "4xx")):
        labels = {"route": route, "status": status}
        count = "request_seconds_count"
        assert after(count, **labels) - (before(count, **labels) or 0) == 1
    assert not any("sometoken" in str(sample.labels) for sample in after.samples)


def test_refusals_are_counted_wherever_they_are_told(said, client, store):
    before = said()("refusals_total", code="code_invalid") or 0
    client.post("/q/nothing-of-ours")
    assert said()("refusals_total", code="code_invalid") == before + 1


def test_what_the_sweep_took_up_is_counted(said, alice, store):
    before = said()
    sweep()
    lost(alice, store)
    clock.advance(3)
    sweep()
    for _ in range(2):  # at once, it would be a gap in which nobody swept, and not the customer's fault
        clock.advance(200)
        sweep()
    after = said()
    for what in ("open", "overdue"):
        name = "sweep_redrives_total"
        assert after(name, what=what) == (before(name, what=what) or 0) + 1


def test_steps_of_the_chains_are_timed(said, alice, store):
    labels = {"task": "orders.tasks.await_customer", "outcome": "done"}
    before = said()("task_seconds_count", **labels) or 0
    scanned(alice, store)  # commits, and so its chain runs
    assert said()("task_seconds_count", **labels) == before + 1


def test_dropped_messages_are_counted(said, settings, monkeypatch):
    settings.SEND_INLINE = False
    monkeypatch.setattr(after_commit, "_REST_S", 60)

    def deliver(message):
        raise ConnectionError

    sender = BackgroundSender("test-drops", deliver)
    for message in range(3):
        sender.put(message)
    sender.flush(5)
    figures = said()
    assert figures("dropped_total", courier="test-drops", reason="failed") == 1
    assert figures("dropped_total", courier="test-drops", reason="resting") == 2


def test_an_event_s_way_to_the_screens_is_timed(said):
    before = said()("delivery_seconds_count", topic="board") or 0
    metrics.observe_delivery("board", clock.now() - dt.timedelta(seconds=0.2))
    metrics.observe_delivery("board", clock.now() + dt.timedelta(seconds=5))  # another machine's clock
    after = said()
    assert after("delivery_seconds_count", topic="board") == before + 2
    assert after("delivery_seconds_bucket", topic="board", le="0.005") >= 1


def test_how_far_behind_a_subscriber_is_and_what_it_could_not_take(said, monkeypatch):
    monkeypatch.setattr(dead_letters, "PAUSES_S", ())

    def fussy(event):
        if event.sequence == 1:
            raise ValueError

    with subscribed(fussy, name="fussy"):
        tell(3)
        deliver()
        told = tell(2)
        clock.advance(30)
        now = said()
        assert now("subscriber_lag", subscriber="fussy") == 2
        waits = (clock.now() - told[0].at).total_seconds()
        assert waits - 5 < now("subscriber_lag_seconds", subscriber="fussy") <= waits
        assert now("dead_letters", subscriber="fussy") == 1
        assert now("subscriber_retries", subscriber="fussy") == 0
        assert now("subscriber_failures_total", subscriber="fussy") >= 1
        assert now("subscriber_seconds_count", subscriber="fussy") >= 1
