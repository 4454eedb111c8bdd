"""A task finds a connection to the database, and leaves it for the next."""

import os
import signal

import pytest
from celery import signals
from celery.fixups.django import DjangoWorkerFixup
from django.db import connection

from orders.workflow import settle
from serverlesspresso.celery import app
from serverlesspresso.server import supervisor


class Request:
    is_eager = False
    watch = None


@pytest.fixture
def by_a_worker(monkeypatch):
    """The signals around a task as a worker sends them."""
    monkeypatch.setattr(settle, "request_stack", type("", (), {"top": Request()})())
    receivers = {"task_id": "1", "task": settle, "args": ("nobody",), "kwargs": {}}
    fixup = DjangoWorkerFixup(app)
    monkeypatch.setattr(fixup, "_close_database", lambda: pytest.fail("Celery ended the pool"))

    def run():
        for told, state in ((signals.task_prerun, {}), (signals.task_postrun, {"state": "SUCCESS"})):
            told.send(sender=settle, **receivers, **state)
            fixup.close_database()

    return run


def test_celery_does_not_end_the_pool(by_a_worker):
    by_a_worker()


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_broke_is_not_met_again(by_a_worker):
    connection.ensure_connection()
    connection.errors_occurred = True
    connection.is_usable = lambda: False
    try:
        by_a_worker()
        assert connection.connection is None
    finally:
        del connection.is_usable


def test_a_process_of_a_workers_pool_ends_with_its_worker(monkeypatch):
    asked = []
    monkeypatch.setattr(supervisor, "die_with_parent", lambda *how: asked.append(how))
    signals.worker_init.send(sender="a worker")
    signals.worker_process_init.send(sender=None)
    assert asked == [(os.getpid(), signal.SIGKILL)]
