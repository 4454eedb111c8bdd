"""The dispatcher: hands what is new in the log to every subscriber that is behind.

It reads the log once for all. Each subscriber is called in a transaction of its own, under its lease,
together with the move of its offsets. Several dispatchers may run at once: a later one passes by whoever is
leased, so a subscriber that hangs holds up itself. What fails or takes too long is undone, and served by
itself (`isolation`).
"""

import threading
import time
import zlib
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from celery.exceptions import SoftTimeLimitExceeded
from django.db import InterfaceError, OperationalError, connection

from serverlesspresso.core import log_context, metrics
from serverlesspresso.core.db.bounded_transaction import WriteLock, bounded_transaction
from serverlesspresso.core.failpoints import hit
from serverlesspresso.events.models import Subscription

from . import dead_letters, offsets
from .backlog import WINDOW, Batch, backlogs, batches, read_log
from .subscribers import Subscriber, all_subscribers

BUDGET_S = 1.0
"""A subscriber that needs longer than this for what is new is served by itself."""
CHUNK_S = 0.1
"""A transaction takes further events for this long at most,"""
HELD_S = 0.05
"""and for this long after it began to write."""
_LOCKS = 0x0B05
"""The class of our advisory locks on PostgreSQL."""
_leases: dict[str, threading.Lock] = defaultdict(threading.Lock)
"""On SQLite, where there is one process."""


class LeaseTaken(Exception):
    """Somebody else serves the subscriber, or has moved its offsets: what was done is undone."""


class HandlerFailed(Exception):
    """A subscriber failed: the group of `count` batches from `index` on was handed over, and this is why."""

    def __init__(self, index: int, count: int, error: Exception):
        super().__init__(index, count, error)
        self.index, self.count, self.error = index, count, error


def dispatch() -> list[str]:
    """Hand over what is new; the names of the subscribers that must be served by themselves. Errors of
    subscribers are theirs; errors of the database are raised."""
    behind = backlogs(all_subscribers())
    together = [each for each in all_subscribers() if each.name in behind]
    alone = [each.name for each in together if each.isolated or not behind[each.name].is_short]
    together = [each for each in together if each.name not in alone]
    log = read_log(behind[each.name] for each in together)
    new = {each.name: batches(each, behind[each.name], log) for each in together}
    hit("bus.read")
    passed = {name: moves(found) for name, found in new.items() if not any(batch.events for batch in found)}
    offsets.advance_all(passed)
    return alone + [
        each.name for each in together if each.name not in passed and not _serve(each, new[each.name])
    ]


def _serve(subscriber: Subscriber, new: list[Batch]) -> bool:
    """Hand over all of this, unless somebody else does; False if it failed or took too long."""
    until = time.monotonic() + BUDGET_S
    try:
        while new and time.monotonic() < until:
            new = new[hand_over(subscriber, new, subscriber.batch or 1) :]
    except LeaseTaken:
        return True
    except HandlerFailed as failed:
        if isinstance(failed.error, SoftTimeLimitExceeded):  # out of the way of others, until it ends in time
            Subscription.objects.filter(pk=subscriber.name).update(at_most=subscriber.batch or WINDOW)
        return False
    return not new


def hand_over(subscriber: Subscriber, new: list[Batch], most: int) -> int:
    """Hand over as many batches as go into one short transaction, up to `most` events a call; how many.

    Raises LeaseTaken, HandlerFailed, or what the database says.
    """
    index, count, calling, began = 0, 0, False, time.monotonic()
    try:
        with lease(subscriber.name) as lock, log_context.bind(subscriber=subscriber.name):
            for group in _groups(subscriber, new, most):
                if count and (lock.seconds() > HELD_S or time.monotonic() - began > CHUNK_S):
                    break
                index, count, calling = index + count, len(group), True
                for event in (event for batch in group for event in batch.blocked):
                    dead_letters.block_behind(subscriber.name, event)
                call(subscriber, [event for batch in group for event in batch.events])
                calling = False
            done = new[: index + count]
            if not offsets.advance(subscriber.name, moves(done)):
                raise LeaseTaken
            hit("bus.moved")
    except LeaseTaken:
        raise
    except Exception as error:
        if not calling and _is_the_databases(error, began):
            raise
        raise HandlerFailed(index, count, error) from error
    hit("bus.committed")
    fresh = [batch.events[0].at for batch in done if batch.events and not batch.events[0].replayed]
    if fresh:
        metrics.observe_subscriber(subscriber.name, min(fresh))
    if connection.vendor == "sqlite":  # whose writers do not queue: who comes at once again is always first
        time.sleep(min(lock.seconds(), HELD_S))
    return len(done)


@contextmanager
def lease(name: str) -> Iterator[WriteLock]:
    """A transaction in which nobody else serves the subscriber. Raises LeaseTaken if somebody does.

    Where that is not enough, as with two processes on one SQLite file, the offsets' compare-and-set decides.
    """
    with ExitStack() as stack:
        if connection.vendor == "sqlite":
            if not _leases[name].acquire(blocking=False):
                raise LeaseTaken
            stack.callback(_leases[name].release)
        lock = stack.enter_context(bounded_transaction())
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                number = zlib.crc32(name.encode()) >> 1
                cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [_LOCKS, number])
                if not cursor.fetchone()[0]:
                    raise LeaseTaken
        yield lock


def call(subscriber: Subscriber, events: list) -> None:
    """Call the handler with these: with a list, or with the only one if it takes no batches. Raises what that
    raises."""
    if events:
        hit("bus.begun")
        subscriber.handler(events if subscriber.batch else events[0])
        hit("bus.handled")


def _groups(subscriber: Subscriber, new: list[Batch], most: int) -> Iterator[list[Batch]]:
    """What is handed over in one call: a batch, or those of several stores with `most` events together."""
    group: list[Batch] = []
    for batch in new:
        full = sum(len(each.events) for each in group) + len(batch.events) > most
        if group and (full or not subscriber.across):
            yield group
            group = []
        group.append(batch)
    yield group


def moves(done: list[Batch]) -> dict[str, tuple[int, int]]:
    """How far these go in each store's log: from where to where."""
    found: dict[str, tuple[int, int]] = {}
    for batch in done:
        found[batch.store] = (found.get(batch.store, (batch.at, 0))[0], batch.to)
    return found


def _is_the_databases(error: Exception, began: float) -> bool:
    """Whether the database failed us, rather than the subscriber: one that dawdles is cut off by it."""
    return isinstance(error, OperationalError | InterfaceError) and time.monotonic() - began < 5
