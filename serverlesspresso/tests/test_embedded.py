import threading

import pytest

from serverlesspresso.celery import app
from serverlesspresso.embedded import workers

heard: dict[str, threading.Event] = {}


@app.task(name="serverlesspresso.tests.hear")
def hear(what):
    """Says that a task arrived."""
    heard[what].set()


@pytest.fixture
def no_servers(settings):
    """Instead of the fixture of this name: here tasks go through the broker."""
    app.conf.task_always_eager = False


@pytest.mark.parametrize("queue", ["workflow", "slow"])
def test_the_threads_of_the_one_process_serve_every_queue(queue, settings):
    assert settings.EMBEDDED
    heard[queue] = threading.Event()
    with workers(concurrency=1):
        hear.apply_async([queue], queue=queue)
        assert heard[queue].wait(10)
    assert not [thread for thread in threading.enumerate() if thread.name == "celery-worker"]
