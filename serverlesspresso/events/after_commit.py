"""What is sent after a commit: hints to screens, Celery tasks, requests to deliver events.

A click must neither wait for Redis nor fail because it is down. So what a commit wants to tell goes into a
bounded queue, and a thread sends it. What is dropped (queue full, broker gone, process killed) is made up for
by the sweep and by each screen's pulse; no fact travels this way.
"""

import asyncio
import atexit
import logging
import os
import queue
import threading
import time
from collections.abc import Callable

from asgiref.sync import async_to_sync
from celery import current_app
from channels.layers import get_channel_layer
from django.conf import settings

from serverlesspresso.core import log_context, metrics

from .delivery.subscribers import interested

logger = logging.getLogger(__name__)

GROUP = "hints"
"""The one group of the channel layer: every process hears every hint and keeps what it has screens for."""
_REST_S = 1.0
"""How long a sender rests after a failure (seconds), so that a dead broker is not called for each message."""


class BackgroundSender:
    """A thread with a bounded queue of messages. One that fails is logged and dropped."""

    def __init__(self, name: str, deliver: Callable):
        self.name = name
        self._deliver = deliver
        self._queue: queue.Queue = queue.Queue(maxsize=10_000)
        self._pid: int | None = None
        self._lock = threading.Lock()

    def put(self, message) -> None:
        """Queue a message and return at once; in tests (SEND_INLINE) send it here and now."""
        if settings.SEND_INLINE:
            return self._deliver(message)
        self._start()
        try:
            self._queue.put_nowait(message)
        except queue.Full:
            metrics.count_dropped_message(self.name, "full")
            logger.warning(
                "the queue of %s is full: a message was dropped; the sweep will see to it", self.name
            )

    def flush(self, timeout: float = 1.0) -> None:
        """Wait until everything is sent, for so many seconds at most."""
        until = time.monotonic() + timeout
        while self._pid == os.getpid() and self._queue.unfinished_tasks and time.monotonic() < until:
            time.sleep(0.01)

    def _start(self) -> None:
        if self._pid == os.getpid():
            return
        with self._lock:
            if self._pid != os.getpid():  # first use, or the first after a fork, which copies no threads
                self._queue = queue.Queue(maxsize=10_000)
                threading.Thread(target=self._run, name=f"send-{self.name}", daemon=True).start()
                self._pid = os.getpid()

    def _take(self):
        return self._queue.get()

    def _run(self) -> None:
        rest_until = 0.0
        while True:
            message = self._take()
            try:
                if time.monotonic() >= rest_until:
                    self._deliver(message)
                else:
                    metrics.count_dropped_message(self.name, "resting")
            except Exception as error:
                rest_until = time.monotonic() + _REST_S
                metrics.count_dropped_message(self.name, "failed")
                logger.warning("%s could not be sent: %s", self.name, error)
            finally:
                self._queue.task_done()


class BatchingSender(BackgroundSender):
    """Waits a moment for more messages, and sends all that it has at once, as a list."""

    def __init__(self, name: str, deliver: Callable, window_s: float):
        super().__init__(name, deliver)
        self._window = window_s

    def put(self, message) -> None:
        """As `BackgroundSender.put`; in tests a list of one."""
        if settings.SEND_INLINE:
            self._deliver([message])
        else:
            super().put(message)

    def _take(self) -> list:
        first = super()._take()
        time.sleep(self._window)
        more = [self._queue.get_nowait() for _ in range(self._queue.qsize())]
        for _ in more:
            self._queue.task_done()
        return [first, *more]


_local = threading.local()


def _loop() -> asyncio.AbstractEventLoop:
    """Each of these threads keeps one event loop, and with it one connection to the channel layer."""
    if not hasattr(_local, "loop"):
        _local.loop = asyncio.new_event_loop()
    return _local.loop


def _send_hints(hints: list[dict]) -> None:
    layer, message = get_channel_layer(), {"type": "hints", "hints": hints}
    if settings.SEND_INLINE:
        async_to_sync(layer.group_send)(GROUP, message)
    else:
        _loop().run_until_complete(asyncio.wait_for(layer.group_send(GROUP, message), 2))


def _start_task(task) -> None:
    task.apply_async(retry=False)


def _request_dispatch(_types: list[str]) -> None:
    from .delivery import wakeup

    if wakeup.raise_flag("dispatch"):
        current_app.signature("serverlesspresso.events.tasks.dispatch").apply_async(retry=False, expires=10)


_screens = BatchingSender("screens", _send_hints, 0.002)
_tasks = BackgroundSender("tasks", _start_task)
_bus = BatchingSender("bus", _request_dispatch, 0.01)


def broadcast(*, store: str, order: str | None = None, fact: dict | None = None) -> None:
    """Tell every process that something happened at a store (and to an order). `fact` is the event itself, in
    plain types: who has all before it need not read the log."""
    _screens.put({"store": store, "order": order, "fact": fact})


def disconnect(*, user: int | None = None, session: str | None = None) -> None:
    """Tell every process that a user's rights changed or a session ended: their sockets are asked again."""
    _screens.put({"expel": True, "user": user, "session": session})


def schedule_delivery(type: str) -> None:
    """Have an event of this type handed to those who subscribed to it, soon. In tests (SEND_INLINE) they
    are served when a test says so: an order's test is not about them."""
    if interested(type) and not settings.SEND_INLINE:
        _bus.put(type)


def send_task(signature) -> None:
    """Start a Celery signature or chain, soon, without making the caller wait for the broker. It takes the id
    of the request along that caused it, in each link of a chain."""
    if request_id := log_context.known("request_id"):
        for link in getattr(signature, "tasks", [signature]):
            link.set(headers={"request_id": request_id})
    _tasks.put(signature)


@atexit.register
def flush() -> None:
    """Send what is still waiting, for a second at most."""
    _screens.flush()
    _tasks.flush()
    _bus.flush()
