"""Several subscribers in one transaction: what usually happens is little, and then most of the cost is the
transaction's, not the handlers'.

If one of them fails, or does not end in time, all is undone and each is served alone, as `pump` does it: so a
shared transaction promises what theirs would, and only who has been quick takes part (`turns`).
"""

import logging
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack

from celery.exceptions import SoftTimeLimitExceeded
from django.db import connection

from serverlesspresso.core import log_context
from serverlesspresso.core.failpoints import hit

from . import offsets, reading, turns
from .gentle import HeldTooLong, gently
from .handing import Moved, call, groups, note, places
from .offsets import Work
from .reading import Unit
from .subscribers import Subscriber

logger = logging.getLogger(__name__)

HOLD_S = 1.0
"""So long a shared transaction may take; then it is undone."""
REST_S = 0.05
APART_S = 2.0
"""For so long nothing is shared after the database failed."""
SINGLY = 10
"""So many events at most, one call each, for those who do not take them in batches."""


class _Failed(Exception):
    """A subscriber did, with this error."""

    def __init__(self, name: str, error: Exception):
        super().__init__(name, error)
        self.name, self.error = name, error


def serve(subscribers: Iterable[Subscriber], found: dict[str, Work], log: reading.Log) -> set[str]:
    """One round for those of these subscribers that have a little to do; the names of those who had all of
    it: nobody, when it was undone. Whoever is served elsewhere is left out.
    """
    began = time.monotonic()
    with ExitStack() as stack:
        mine = [each for each in subscribers if stack.enter_context(turns.taken(each.name, HOLD_S))]
        units = {each.name: reading.units(each, found[each.name], log) for each in mine}
        mine = [each for each in mine if _is_harmless(each, units[each.name])]
        if len(mine) < 2:
            return set()
        hit("bus.read")
        try:
            held = _apply(mine, units, began)
        except Exception as error:
            _undone(error)
            return set()
        for each in mine:
            note(each.name, units[each.name])
    if connection.vendor == "sqlite":  # as after each transaction of the bus: now others may write
        time.sleep(min(held, REST_S))
    return {each.name for each in mine}


def _is_harmless(subscriber: Subscriber, units: list[Unit]) -> bool:
    """Whether it will not be called at all, or was quick when it was, and will not be called often."""
    if not any(unit.events for unit in units):
        return True
    return turns.is_quick(subscriber.name) and (bool(subscriber.batch) or len(units) <= SINGLY)


def _apply(mine: list[Subscriber], units: dict[str, list[Unit]], began: float) -> float:
    """All of it, or nothing; for how long it kept what it wrote from others, in seconds."""
    until = began + HOLD_S
    limit = None if connection.in_atomic_block else HOLD_S  # it lasts as long as the outermost transaction
    with gently() as hold, connection.execute_wrapper(_until(until)):
        free = turns.lock([each.name for each in mine], within_s=limit)
        mine[:] = [each for each in mine if each.name in free]
        for each in mine:
            _hand_over(each, units[each.name], until)
        if not offsets.move_all({each.name: places(units[each.name]) for each in mine}):
            raise Moved
        hit("bus.moved")
    hit("bus.committed")
    return hold.seconds()


def _hand_over(subscriber: Subscriber, units: list[Unit], until: float) -> None:
    name = subscriber.name
    if not any(unit.events for unit in units):
        return
    if time.monotonic() > until:
        raise HeldTooLong
    try:
        with log_context.about(subscriber=name), turns.timed(name), turns.inside(name):
            for group in groups(subscriber, units, subscriber.batch or 1):
                call(subscriber, [event for unit in group for event in unit.events])
    except Exception as error:
        raise _Failed(name, error) from error


def _until(moment: float) -> Callable:
    """Wraps each statement: none begins after that moment."""

    def execute_in_time(execute, sql, params, many, context):
        if time.monotonic() > moment:
            raise HeldTooLong
        return execute(sql, params, many, context)

    return execute_in_time


def _undone(error: Exception) -> None:
    """Who failed is served alone from now on. If it was nobody's fault, everybody is, for a moment."""
    if isinstance(error, _Failed):
        turns.leave_alone(error.name)
        error = error.error
    elif not isinstance(error, Moved):
        turns.leave_alone(seconds=APART_S)
    logger.info("a transaction of several subscribers was undone: %r", error)
    if isinstance(error, SoftTimeLimitExceeded):
        raise error
