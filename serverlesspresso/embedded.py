"""Celery inside the web server's process: the same worker and beat, in threads."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from celery.beat import EmbeddedService

from serverlesspresso.celery import app

_START_S, _STOP_S = 10, 10


@contextmanager
def workers(concurrency: int = 4) -> Iterator[None]:
    """Celery's worker and beat run while this context is open. Leaving it lets running tasks finish."""
    ready = threading.Event()
    # Not app.Worker: that one installs signal handlers, which only the main thread may.
    worker = app.WorkController(
        pool="threads",
        concurrency=concurrency,
        hostname="embedded@localhost",
        queues=["workflow", "slow"],
        without_heartbeat=True,
        without_mingle=True,
        without_gossip=True,
        ready_callback=lambda _: ready.set(),
    )
    thread = threading.Thread(target=worker.start, name="celery-worker", daemon=True)
    thread.start()
    ready.wait(_START_S)
    beat = EmbeddedService(app, thread=True, scheduler_cls="celery.beat:Scheduler")  # keeps no schedule file
    beat.start()
    try:
        yield
    finally:
        beat.stop()
        worker.stop()
        thread.join(_STOP_S)
