"""Celery inside the web server's process: the same workers and beat, in threads."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from celery.beat import EmbeddedService

from serverlesspresso.celery import app
from serverlesspresso.events import outbox

from .beat import SteadyScheduler

_START_S, _STOP_S = 10, 10
QUEUES = {"workflow": 4, "dispatch": 2, "slow": 4}
"""A worker each, with so many threads. One that hangs cannot be killed; it may not be in the way. What leaves
the house has one more worker, with a place for each effect that may be under way."""


@contextmanager
def workers() -> Iterator[None]:
    """Celery's workers and beat run while this context is open. Leaving it lets running tasks finish, for 10
    seconds at most."""
    running = []
    for queue, threads in (QUEUES | {"outgoing": outbox.places() + outbox.SPARE}).items():
        running.append(_Worker(queue, threads))
        # Which queue is consumed is said to the whole application: the next one would take this one's.
        running[-1].ready.wait(_START_S)
    beat = EmbeddedService(app, thread=True, scheduler_cls=SteadyScheduler)
    beat.start()
    try:
        yield
    finally:
        beat.stop()
        stopping = [threading.Thread(target=worker.stop, daemon=True) for worker in running]
        for thread in stopping:
            thread.start()
        for thread in stopping:
            thread.join(_STOP_S)


class _Worker:
    """One worker of one queue."""

    def __init__(self, queue: str, threads: int):
        self.ready = threading.Event()
        # Not app.Worker: that one installs signal handlers, which only the main thread may.
        self._worker = app.WorkController(
            pool="threads",
            concurrency=threads,
            hostname=f"{queue}@localhost",
            queues=[queue],
            without_heartbeat=True,
            without_mingle=True,
            without_gossip=True,
            ready_callback=lambda _: self.ready.set(),
        )
        self._thread = threading.Thread(target=self._worker.start, name=f"celery-{queue}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Let it finish what it does."""
        self._worker.stop()
        self._thread.join()
