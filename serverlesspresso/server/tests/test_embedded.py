import threading

import pytest
from django.conf import settings

from serverlesspresso.celery import app
from serverlesspresso.server import embedded
from serverlesspresso.server.embedded import workers

pytestmark = pytest.mark.skipif(not settings.EMBEDDED, reason="with servers, nothing is embedded")
heard: dict[str, threading.Event] = {}


@app.task(name="serverlesspresso.tests.hear")
def hear(what):
    """Says that a task arrived."""
    heard[what].set()


@pytest.fixture
def no_servers(settings):
    """Instead of the fixture of this name: here tasks go through the broker."""
    app.conf.task_always_eager = False


@app.task(name="serverlesspresso.tests.hang")
def hang(what):
    """Does not end before it is told to."""
    heard[what].wait(20)


@pytest.mark.parametrize("queue", ["workflow", "dispatch", "slow", "outgoing"])
def test_the_threads_of_the_one_process_serve_every_queue(queue):
    heard[queue] = threading.Event()
    with workers():
        hear.apply_async([queue], queue=queue)
        assert heard[queue].wait(10)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("celery-")]


def test_slow_work_that_hangs_is_in_nobodys_way(monkeypatch):
    monkeypatch.setattr(embedded, "_STOP_S", 0.2)
    heard["released"], heard["order"] = threading.Event(), threading.Event()
    try:
        with workers():
            for _ in range(2 * embedded.QUEUES["slow"]):
                hang.apply_async(["released"], queue="slow")
            hear.apply_async(["order"], queue="workflow")
            assert heard["order"].wait(10)
    finally:
        heard["released"].set()
