"""The chains carry orders all the way by themselves: a real Celery worker, and no sweep. On servers its
broker is a real Redis."""

import time
from collections import defaultdict

import pytest
from celery import signals
from celery.contrib.testing.worker import start_worker

from conftest import make_user, scanned
from orders import commands, processor, workflow
from orders.models import Heartbeat, Order, Status
from serverlesspresso.celery import app
from serverlesspresso.events.models import Event

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def worker(settings, db):
    settings.SEND_INLINE = False
    app.conf.task_always_eager = False
    with start_worker(app, pool="threads", concurrency=2, perform_ping_check=False, shutdown_timeout=20):
        yield


@pytest.fixture
def received():
    """The names of the tasks that the worker got a message of, in turn, by order."""
    found: dict[str, list[str]] = defaultdict(list)

    def note(request, **_):
        found[request.args[0]].append(request.name)

    signals.task_received.connect(note, weak=False)
    yield found
    signals.task_received.disconnect(note)


def until(order, status) -> Order:
    for _ in range(300):
        found = processor.load(order.pk)
        if found.status == status and (status != Status.CANCELLED or found.settled_at):
            return found
        time.sleep(0.05)
    raise AssertionError(f"still {found.status}, not {status}, after 15 s")


def test_without_the_sweep_orders_travel_from_scan_to_queue_and_to_their_end(worker, store, alice, bob):
    people = [make_user(f"Guest{n}") for n in range(5)]
    orders = [until(scanned(person, store), Status.CHOOSING) for person in people]
    for person, order in zip(people, orders, strict=True):
        commands.submit(order, drink="Espresso", modifiers=[], by=person)
    waiting = [until(order, Status.QUEUED) for order in orders]
    assert sorted(order.number for order in waiting) == [1, 2, 3, 4, 5]
    for order in waiting:
        commands.cancel(order, by=bob)
    for order in waiting:
        until(order, Status.CANCELLED)
    assert not Heartbeat.objects.exists(), "the sweep ran, so this test shows nothing"
    finished = Event.objects.filter(type="OrderProcessor.OrderFinished")
    assert finished.count() == 5


def test_each_link_of_a_chain_reaches_the_worker_as_a_task_of_its_own(worker, received, store, alice, bob):
    order = until(scanned(alice, store), Status.CHOOSING)
    commands.submit(order, drink="Espresso", modifiers=[], by=alice)
    commands.cancel(until(order, Status.QUEUED), by=bob)
    until(order, Status.CANCELLED)
    links = [link.name for steps in workflow.CHAINS.values() for link in steps]
    assert received[order.pk] == links
    assert len(links) == 6
    assert not Heartbeat.objects.exists(), "the sweep ran, so this test shows nothing"


def test_a_link_that_fails_keeps_the_later_ones_from_running(worker, received, store, alice, monkeypatch):
    monkeypatch.setattr(workflow, "_is_full_for", None)
    order = scanned(alice, store)
    for _ in range(300):
        if len(received[order.pk]) == 2:
            break
        time.sleep(0.05)
    time.sleep(0.5)
    assert received[order.pk] == [workflow.check_store_open.name, workflow.check_capacity.name]
    assert processor.load(order.pk).status == Status.VALIDATING, "the sweep takes it up"


def test_messages_of_the_release_before_are_still_understood(worker, store, alice):
    order = scanned(alice, store)
    app.signature("orders.tasks.await_customer", args=(order.pk,)).apply_async()
    until(order, Status.CHOOSING)
    assert "orders.tasks.sweep" in app.tasks


def test_who_cannot_wait_for_a_worker_runs_the_same_steps(store, alice, monkeypatch):
    monkeypatch.setattr(workflow, "start", lambda steps, order_id: None)
    order = commands.submit(scanned(alice, store), drink="Espresso", modifiers=[], by=alice)
    assert order.status == Status.SUBMITTED
