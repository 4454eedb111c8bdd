"""Celery's messages within one process, for kombu: consumers are woken by a message, and do not look for one
fifty times a second.

Written for kombu 5.6, whose own memory transport sleeps between looks.
"""

import threading
import time
from queue import Empty
from typing import Any

from kombu.transport import memory

LOOK_S = 0.5
"""A consumer also looks this often, in case what it may take has changed without a message."""

_changed = threading.Condition()
_changes = 0


def _say() -> None:
    global _changes
    with _changed:
        _changes += 1
        _changed.notify_all()


class Channel(memory.Channel):
    """Says when there is a message, and when a consumer may take another one."""

    def _put(self, queue: str, message: dict, **options: Any) -> None:
        super()._put(queue, message, **options)
        _say()

    def basic_ack(self, delivery_tag: str, multiple: bool = False) -> None:
        """A message was dealt with."""
        super().basic_ack(delivery_tag, multiple)
        _say()


class Transport(memory.Transport):
    """Waits until something has changed."""

    Channel = Channel

    def drain_events(self, connection: Any, timeout: float | None = None) -> None:
        """Deliver one message. Raises TimeoutError if none comes within so many seconds."""
        until = time.monotonic() + (timeout or float("inf"))
        while True:
            seen = _changes
            try:
                self.cycle.get(self._deliver, timeout=timeout)
            except Empty:
                left = until - time.monotonic()
                if left <= 0:
                    raise TimeoutError from None
                with _changed:
                    _changed.wait_for(lambda seen=seen: _changes != seen, min(left, LOOK_S))  # type: ignore[misc]
            else:
                return
