"""The state table against the rule book, and the chains' steps."""

import re
from pathlib import Path

import pytest

from config import services
from conftest import choosing, make_user, queued, scanned
from display import qr_codes
from orders import commands, processor, workflow
from orders.models import LIVE, TERMINAL, Order, Status
from orders.processor import EDGES
from serverlesspresso.core import clock
from serverlesspresso.events.log.registry import EVENT_TYPES
from serverlesspresso.events.models import Event

pytestmark = pytest.mark.django_db

RULES = Path(__file__).parents[2] / "docs" / "reference" / "rules.md"


def rule_book() -> dict[str, set[str]]:
    """Where an order may go from each status, read from the rule book's own table."""
    may = {}
    for line in RULES.read_text().splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) > 3 and cells[1].startswith("`"):
            for status in re.findall(r"`(\w+)`", cells[1]):
                targets = {name for name in re.findall(r"`(\w+)`", cells[3]) if name in Status.values}
                may[status] = targets | ({status} if "itself" in cells[3] else set())
    return may


def test_the_table_is_the_rule_books():
    table: dict[str, set[str]] = {status: set() for status in Status.values}
    for edge in EDGES.values():
        for source in edge.sources:
            table[source].add(edge.target)
    ours = table["queued"]
    assert ours == {"making", "ready", "cancelled", "timed_out", "queued"}  # a swap keeps the place
    assert table | {"queued": ours - {"queued"}} == rule_book() | {"collected": set(), "rejected": set()}


def test_nothing_leaves_a_terminal_status():
    assert not [edge for edge in EDGES.values() if set(edge.sources) & set(TERMINAL)]


def test_every_status_can_be_reached():
    assert {edge.target for edge in EDGES.values()} | {Status.VALIDATING} == set(Status)


@pytest.mark.parametrize("status", Status.values)
@pytest.mark.parametrize("command", EDGES)
def test_a_move_is_made_from_its_sources_only(alice, bob, store, command, status):
    order = scanned(alice, store)
    ended = clock.now() if status in TERMINAL else None
    Order.objects.filter(pk=order.pk).update(status=status, finished_at=ended, series=1, number=1, place=1)
    before = Event.objects.count()
    facts = {"take_over": False, "reason": "x", "by": "staff", "clock": "barista"}
    wanted = EVENT_TYPES[EDGES[command].event].fields if EDGES[command].event else {}
    moved = processor.move(
        processor.load(order.pk),
        command,
        now=clock.now(),
        facts={k: v for k, v in facts.items() if k in wanted},
    )
    legal = status in EDGES[command].sources
    assert (moved is not None) == legal
    assert processor.load(order.pk).status == (EDGES[command].target if legal else status)
    assert Event.objects.count() - before == (1 if legal and EDGES[command].event else 0)


def test_a_move_bumps_the_version_and_takes_a_fresh_token(alice, store):
    order = choosing(alice, store)
    again = commands.extend(order, by=alice)
    assert again.version == order.version + 1
    assert again.task_token and again.task_token != order.task_token


def test_the_store_closing_after_the_scan_rejects_the_order_and_gives_its_hold_back(alice, store):
    order = scanned(alice, store)
    services.set_status(store, open=False)
    workflow.run(workflow.OPEN, order.pk)
    workflow.run(workflow.CLOSE, order.pk)
    order = processor.load(order.pk)
    assert (order.status, order.reason) == (Status.REJECTED, "store_closed")
    assert qr_codes.current_code(store).remaining == 10
    types = list(Event.objects.filter(order=order.pk).order_by("sequence").values_list("type", flat=True))
    assert types == ["Validator.NewOrder", "OrderProcessor.ShopUnavailable", "OrderProcessor.OrderFinished"]


def test_the_store_pausing_after_the_scan_rejects_the_order(alice, store):
    order = scanned(alice, store)
    services.set_status(store, paused=True)
    workflow.run(workflow.OPEN, order.pk)
    assert processor.load(order.pk).reason == "store_paused"


def test_the_room_shrinking_after_the_scan_rejects_who_came_last(alice, charlie, store):
    first, last = scanned(alice, store), scanned(charlie, store)
    store.capacity = 1
    store.save()
    for order in (first, last):
        workflow.run(workflow.OPEN, order.pk)
    assert processor.load(first.pk).status == Status.CHOOSING
    assert (processor.load(last.pk).status, processor.load(last.pk).reason) == (Status.REJECTED, "queue_full")


def test_a_walk_up_never_pushes_out_who_was_let_in(alice, bob, store):
    store.capacity = 1
    store.save()
    order = scanned(alice, store)
    commands.walk_up(store, by=bob, drink="Espresso", modifiers=[])
    workflow.run(workflow.OPEN, order.pk)
    assert processor.load(order.pk).status == Status.CHOOSING


def test_closing_leaves_those_choosing_alone(alice, store):
    order = choosing(alice, store)
    services.set_status(store, open=False)
    assert commands.submit(order, drink="Espresso", modifiers=[], by=alice).status == Status.SUBMITTED


@pytest.mark.parametrize("steps", [workflow.OPEN, workflow.QUEUE, workflow.CLOSE])
def test_every_step_may_run_again_and_out_of_turn(alice, bob, store, steps):
    order = queued(alice, store)
    before = list(Event.objects.values_list("pk", flat=True))
    for step in (*steps, *reversed(steps)):
        workflow.run((step,), order.pk)
    assert list(Event.objects.values_list("pk", flat=True)) == before
    assert processor.load(order.pk).number == 1


def test_a_step_for_an_order_that_is_gone_does_nothing(store):
    for steps in workflow.CHAINS.values():
        workflow.run(steps, "no-such-order")
    assert Event.objects.exclude(type="ConfigService.ConfigChanged").count() == 0


def test_order_finished_comes_once_and_last(alice, bob, store):
    order = commands.cancel(queued(alice, store), by=bob, reason="machine")
    workflow.settle(order.pk)
    workflow.settle(order.pk)
    types = list(Event.objects.filter(order=order.pk).order_by("sequence").values_list("type", flat=True))
    assert types[-2:] == ["OrderManager.OrderCancelled", "OrderProcessor.OrderFinished"]
    assert types.count("OrderProcessor.OrderFinished") == 1


def test_a_hold_of_an_order_that_got_its_drink_is_not_given_back(alice, bob, store):
    order = commands.cancel(queued(alice, store), by=bob)
    workflow.settle(order.pk)
    assert qr_codes.current_code(store).remaining == 9


def test_a_hold_goes_back_to_its_own_code_even_an_expired_one(alice, store):
    store.customer_s = 1000
    store.save()
    order = choosing(alice, store)
    old = order.hold.code
    clock.advance(store.code_s)
    new = qr_codes.current_code(store)
    assert new != old
    workflow.settle(commands.withdraw(order, by=alice).pk)
    old.refresh_from_db()
    new.refresh_from_db()
    assert (old.used, new.used) == (0, 0)


def test_live_and_terminal_statuses_do_not_overlap():
    assert not set(LIVE) & set(TERMINAL)
    assert set(Status) - set(LIVE) - set(TERMINAL) == {Status.READY}


def test_no_event_carries_a_token_a_name_or_an_address(alice, bob, store):
    order = commands.complete(queued(alice, store), by=bob)
    workflow.settle(commands.collect(order, by=bob).pk)
    told = " ".join(str(event.data) for event in Event.objects.all())
    assert Event.objects.filter(order=order.pk).count() == 6
    for secret in (order.hold.code.token, order.task_token, "Alice", "Bob", "alice@example.org"):
        assert secret and secret not in told


def test_numbers_run_on_in_the_order_of_submitting(store):
    people = [make_user(f"Guest{n}") for n in range(3)]
    assert [queued(person, store).number for person in people] == [1, 2, 3]
