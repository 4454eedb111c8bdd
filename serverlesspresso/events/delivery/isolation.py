"""A subscriber served by itself: it failed, took too long, is far behind, or asked for it.

What is due of its retries comes first, then the log. What fails is narrowed down to one event, which is put
aside: later events of its order wait behind it, everything else goes on.
"""

import logging
import time
from enum import IntEnum

from celery.exceptions import SoftTimeLimitExceeded

from serverlesspresso.core.failpoints import hit
from serverlesspresso.events.models import Event, Parked, Subscription

from . import dead_letters, dispatcher, offsets
from .backlog import MOST_STORES, WINDOW, Backlog, Batch, backlogs, batches, read_log
from .subscribers import Subscriber, subscriber

logger = logging.getLogger(__name__)

BUDGET_S = 2.0
"""After this long a task hands over to the next one."""
RETRIES = 50


class Outcome(IntEnum):
    """How much of what was to be handed over was."""

    NOTHING = 0
    PART = 1
    ALL = 2


def serve(name: str) -> bool:
    """Hand over what there is to this subscriber; whether there is more than this call had time for."""
    until = time.monotonic() + BUDGET_S
    known = subscriber(name)
    while known and (found := backlogs([known]).get(name)):
        if time.monotonic() > until:
            return True
        try:
            tried = found.due and _retry_due(known)
            outcome = _go_on(known, found)
        except SoftTimeLimitExceeded:
            return True
        if not tried and outcome is Outcome.NOTHING:
            return False
    return False


def _retry_due(known: Subscriber) -> bool:
    """Hand over again what is due; whether there was anything."""
    rows = dead_letters.due(known.name, RETRIES)
    began = time.monotonic()
    for row in rows:
        row.event.replayed = row.replayed
        try:
            _retry(known, row)
        except dispatcher.LeaseTaken:
            return False
        except Exception as error:
            dead_letters.record_failure(row, error)
            _complain(row.event, error)
            if isinstance(error, SoftTimeLimitExceeded):
                break
        if time.monotonic() - began > dispatcher.CHUNK_S:
            break
    return bool(rows)


def _retry(known: Subscriber, row: Parked) -> None:
    with dispatcher.lease(known.name):
        dispatcher.call(known, [row.event])
        if not Parked.objects.filter(pk=row.pk, attempts=row.attempts, dead_at=None).delete()[0]:
            raise dispatcher.LeaseTaken
        hit("bus.moved")
    hit("bus.committed")


def _go_on(known: Subscriber, found: Backlog) -> Outcome:
    """Hand over what is new in the log."""
    found.offsets = found.offsets[:MOST_STORES]
    if not found.offsets:
        return Outcome.NOTHING
    log = read_log([found], max(WINDOW // len(found.offsets), 1))
    new = batches(known, found, log)
    hit("bus.read")
    outcome = _settle(known, new, min(known.batch or 1, found.at_most or WINDOW))
    if outcome is Outcome.ALL and found.at_most:
        _trust(known, found.at_most)
    return outcome


def _settle(known: Subscriber, new: list[Batch], most: int) -> Outcome:
    """Hand over, `most` events at once; what fails is narrowed down to one event."""
    try:
        done = dispatcher.hand_over(known, new, most)
        return Outcome.ALL if done == len(new) else Outcome.PART
    except dispatcher.LeaseTaken:
        return Outcome.NOTHING
    except dispatcher.HandlerFailed as failed:
        hung = isinstance(failed.error, SoftTimeLimitExceeded)
        if failed.index:
            before = _settle(known, new[: failed.index], most)
            if before is not Outcome.ALL or not hung:
                return min(before, Outcome.PART)
        return _narrow(known, new[failed.index :][: failed.count], failed.error, most)


def _narrow(known: Subscriber, group: list[Batch], error: Exception, most: int) -> Outcome:
    """A call failed: try store by store, then half by half, until the bad event is alone."""
    number = sum(len(batch.events) for batch in group)
    if not number:
        raise error  # no event of theirs: what waits behind others could not be written
    if number == 1:
        return _put_aside(known, next(batch for batch in group if batch.events), error)
    if isinstance(error, SoftTimeLimitExceeded):  # there is no time left to try parts
        Subscription.objects.filter(pk=known.name).update(at_most=number // 2)
        return Outcome.PART
    for part in group if len(group) > 1 else group[0].halves():
        if _settle(known, [part], most) is not Outcome.ALL:
            break
    return Outcome.PART


def _put_aside(known: Subscriber, batch: Batch, error: Exception) -> Outcome:
    """Have an event retried later, and go on behind it."""
    try:
        with dispatcher.lease(known.name):
            dead_letters.park(known.name, batch.events[0], error)
            for event in batch.blocked:
                dead_letters.block_behind(known.name, event)
            if not offsets.advance(known.name, {batch.store: (batch.at, batch.to)}):
                raise dispatcher.LeaseTaken
            hit("bus.parked")
    except dispatcher.LeaseTaken:
        return Outcome.NOTHING
    _complain(batch.events[0], error)
    return Outcome.PART


def _trust(known: Subscriber, at_most: int) -> None:
    """A batch that did not end in time made batches small; this one did, so they grow again."""
    grown = None if at_most * 2 >= (known.batch or 1) else at_most * 2
    Subscription.objects.filter(pk=known.name).update(at_most=grown)


def _complain(event: Event, error: BaseException) -> None:
    about = {"store": event.store, "order": event.order}
    logger.warning("event %s %s failed: %s", event.type, event.sequence, error, exc_info=error, extra=about)
