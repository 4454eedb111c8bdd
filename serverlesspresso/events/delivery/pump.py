"""The pump: hands the log to the subscribers, at least once each, and once in what they write.

The handler runs in one transaction with the move of its place in the log, a compare-and-set: whoever loses
is undone. No lock is shared with the orders or among subscribers: one that hangs keeps one worker busy.
"""

import logging
import time
from collections.abc import Callable, Iterable
from enum import IntEnum

from celery.exceptions import SoftTimeLimitExceeded
from django.db import InterfaceError, OperationalError, connection

from serverlesspresso.core import log_context
from serverlesspresso.core.failpoints import hit
from serverlesspresso.events.models import Event, Parked, Subscription

from . import dead_letters, offsets, reading, together, turns
from .gentle import gently
from .handing import Moved, call, groups, note, places
from .offsets import Work
from .reading import Unit
from .subscribers import Subscriber, chosen

logger = logging.getLogger(__name__)

BUDGET_S = 2.0
"""After so long a call hands over to the next one."""
CHUNK_S = 0.1
"""A transaction takes further events for so long at most,"""
HELD_S = 0.05
"""and for so long after it began to write."""
RETRIES = 50


class Failed(Exception):
    """A subscriber did: with so many units from that index on, handed over at once, and this error."""

    def __init__(self, index: int, count: int, error: Exception):
        super().__init__(index, count, error)
        self.index, self.count, self.error = index, count, error


class Outcome(IntEnum):
    """How much of what was to be handed over was."""

    NOTHING = 0
    PART = 1
    ALL = 2


def deliver(
    names: Iterable[str] | None = None, *, look_again: bool = True, sign: Callable[[], object] = lambda: None
) -> list[str]:
    """Hand over what there is to these subscribers, or to all; the names of those who need another call.

    A subscriber that somebody else is serving is left to them. It ends when it finds nothing more, or,
    without `look_again`, when all that it found is handed over. It gives a `sign` of life at each step.
    Errors of subscribers are parked; errors of the database are raised.
    """
    until = time.monotonic() + BUDGET_S
    subscribers = chosen(names)
    while True:
        found = offsets.work(subscribers)
        todo = sorted(
            (each for each in subscribers if each.name in found), key=lambda each: turns.pace(each.name)
        )
        if time.monotonic() > until:
            return [each.name for each in todo]
        quick = todo if len(todo) == 1 else [each for each in todo if turns.pace(each.name) < turns.SLOW_S]
        try:
            done = _round(quick, found, sign)
        except SoftTimeLimitExceeded:
            return [each.name for each in todo]
        if set(done) <= ({Outcome.NOTHING} if look_again else {Outcome.NOTHING, Outcome.ALL}):
            return [each.name for each in todo if each not in quick]


def _round(quick: list[Subscriber], found: dict[str, Work], sign: Callable[[], object]) -> list[Outcome]:
    """A round for each: in one transaction for those of whom that may be expected to go well."""
    log = reading.Log([found[each.name] for each in quick])
    sharing = [each for each in quick if turns.may_share(each.name, found[each.name])]
    served = together.serve(sharing, found, log) if len(sharing) > 1 else set()
    done = [Outcome.ALL for _ in served]
    for each in quick:
        if each.name not in served:
            sign()
            done.append(serve(each, found[each.name], log))
    return done


def serve(subscriber: Subscriber, work: Work, log: reading.Log) -> Outcome:
    """One round for one subscriber. `log` remembers what this round has read."""
    with turns.taken(subscriber.name) as mine:
        if not mine:
            return Outcome.NOTHING
        with log_context.about(subscriber=subscriber.name), turns.timed(subscriber.name) as nothing_done:
            tried = _try_again(subscriber) if work.parked else False
            outcome, called = _go_on(subscriber, work, log)
            if not (tried or (outcome and called)):
                nothing_done()
        everything = outcome is Outcome.ALL and not tried and reading.at_once(work)
        return outcome if everything or not (tried or outcome) else Outcome.PART


def _keep_others_out(name: str) -> None:
    """Raises Moved when somebody else serves the subscriber."""
    if not turns.lock([name]):
        raise Moved


def _is_ours(error: Exception, began: float) -> bool:
    """Whether the database failed us, rather than the subscriber: who dawdles is cut off by it."""
    return isinstance(error, OperationalError | InterfaceError) and time.monotonic() - began < 5


# -- what was parked -------------------------------------------------------------------------------


def _try_again(subscriber: Subscriber) -> bool:
    """Those parked events whose time has come; whether there were any."""
    rows = dead_letters.due(subscriber.name, RETRIES)
    began = time.monotonic()
    for row in rows:
        row.event.replayed = row.replayed
        try:
            _retry(subscriber, row)
        except Moved:
            return False
        except Exception as error:
            dead_letters.fail_again(row, error)
            _complain(row.event, error)
            if isinstance(error, SoftTimeLimitExceeded):
                break
        if time.monotonic() - began > CHUNK_S:
            break
    return bool(rows)


def _retry(subscriber: Subscriber, row: Parked) -> None:
    with gently():
        _keep_others_out(subscriber.name)
        call(subscriber, [row.event])
        tried = Parked.objects.filter(pk=row.pk, attempts=row.attempts, dead_at=None)
        if not tried.delete()[0]:
            raise Moved
        hit("bus.moved")
    hit("bus.committed")


# -- the log ---------------------------------------------------------------------------------------


def _go_on(subscriber: Subscriber, work: Work, log: reading.Log) -> tuple[Outcome, bool]:
    """What is new in the log; and whether it wanted any of that."""
    if not work.places:
        return Outcome.NOTHING, False
    units = reading.units(subscriber, work, log)
    hit("bus.read")
    outcome = _settle(subscriber, units, min(subscriber.batch or 1, work.at_most or reading.WINDOW))
    if outcome is Outcome.ALL and work.at_most:
        _trust(subscriber, work.at_most)
    return outcome, any(unit.events for unit in units)


def _settle(subscriber: Subscriber, units: list[Unit], most: int) -> Outcome:
    """Hand over, `most` events at once; what fails is narrowed down to one event, which is parked."""
    try:
        return _apply(subscriber, units, most)
    except Moved:
        return Outcome.NOTHING
    except Failed as failed:
        hung = isinstance(failed.error, SoftTimeLimitExceeded)
        if failed.index:
            before = _settle(subscriber, units[: failed.index], most)
            if before is not Outcome.ALL or not hung:
                return min(before, Outcome.PART)
        return _narrow(subscriber, units[failed.index :][: failed.count], failed.error, most)


def _narrow(subscriber: Subscriber, group: list[Unit], error: Exception, most: int) -> Outcome:
    """What was handed over at once failed: store by store, half by half, until the bad event is alone."""
    number = sum(len(unit.events) for unit in group)
    if not number:
        raise error  # no event of theirs: what was parked could not be written
    if number == 1:
        unit = next(unit for unit in group if unit.events)
        return _park(subscriber, unit, error)
    if isinstance(error, SoftTimeLimitExceeded):  # there is no time left to try parts
        Subscription.objects.filter(pk=subscriber.name).update(at_most=number // 2)
        return Outcome.PART
    for part in group if len(group) > 1 else group[0].halves():
        if _settle(subscriber, [part], most) is not Outcome.ALL:
            break
    return Outcome.PART


def _apply(subscriber: Subscriber, units: list[Unit], most: int) -> Outcome:
    """As many units as go into one short transaction. Raises Moved, Failed, or what the database says."""
    index, count, calling, began = 0, 0, False, time.monotonic()
    try:
        with gently() as hold:
            _keep_others_out(subscriber.name)
            for group in groups(subscriber, units, most):
                if count and (hold.seconds() > HELD_S or time.monotonic() - began > CHUNK_S):
                    break
                index, count, calling = index + count, len(group), True
                for event in (event for unit in group for event in unit.waiting):
                    dead_letters.wait_behind(subscriber.name, event)
                call(subscriber, [event for unit in group for event in unit.events])
                calling = False
            if not offsets.move(subscriber.name, places(units[: index + count])):
                raise Moved
            hit("bus.moved")
    except Moved:
        raise
    except Exception as error:
        if not calling and _is_ours(error, began):
            raise
        raise Failed(index, count, error) from error
    hit("bus.committed")
    done = units[: index + count]
    note(subscriber.name, done)
    if connection.vendor == "sqlite":  # whose writers do not queue: who comes at once again is always first
        time.sleep(min(hold.seconds(), HELD_S))
    return Outcome.ALL if len(done) == len(units) else Outcome.PART


def _park(subscriber: Subscriber, unit: Unit, error: Exception) -> Outcome:
    """Put an event aside, and go on behind it."""
    try:
        with gently():
            dead_letters.park(subscriber.name, unit.events[0], error)
            for event in unit.waiting:
                dead_letters.wait_behind(subscriber.name, event)
            if not offsets.move(subscriber.name, {unit.store: (unit.at, unit.to)}):
                raise Moved
            hit("bus.parked")
    except Moved:
        return Outcome.NOTHING
    _complain(unit.events[0], error)
    return Outcome.PART


def _trust(subscriber: Subscriber, at_most: int) -> None:
    """A batch that did not end in time made batches small; this one did, so they grow again."""
    grown = None if at_most * 2 >= subscriber.batch else at_most * 2
    Subscription.objects.filter(pk=subscriber.name).update(at_most=grown)


def _complain(event: Event, error: BaseException) -> None:
    about = {"store": event.store, "order": event.order}
    logger.warning("event %s %s failed: %s", event.type, event.sequence, error, exc_info=error, extra=about)
