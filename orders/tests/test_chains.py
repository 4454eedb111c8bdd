"""The chains carry orders all the way by themselves: a real Celery worker, and no sweep."""

import time

import pytest
from celery.contrib.testing.worker import start_worker

from conftest import make_user, scanned
from orders import commands, processor
from orders.models import Heartbeat, Order, Status
from serverlesspresso.celery import app
from serverlesspresso.events.models import Event

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def worker(settings, db):
    settings.COURIER_INLINE = False
    app.conf.task_always_eager = False
    with start_worker(app, pool="threads", concurrency=2, perform_ping_check=False, shutdown_timeout=20):
        yield


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
