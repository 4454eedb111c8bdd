"""Turns: one transaction at a time for each subscriber, and who is trusted to share one with others.

Whoever was quick the last time here may share: one transaction for all costs a fraction of one each. Whoever
is new, was slow, failed, or has something parked is served alone, so that it holds up nobody but itself.
"""

import math
import threading
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from django.db import connection

from .offsets import Work

SLOW_S = 0.2
"""Whoever took so long the last time gets a worker of its own; whoever took less may share a transaction."""
LITTLE = 100
"""So many events are handed over in a shared transaction at most."""
ALONE_S = 60.0
"""Whoever failed or hung in a shared transaction is served alone for so long."""
_LOCKS = 0x0B05
"""The class of our advisory locks on PostgreSQL."""

took: dict[str, float] = {}
"""How long each subscriber's last round took here, in seconds."""
_alone: dict[str, float] = {}
_everybody = ""
_busy: dict[str, tuple[object, float]] = {}
"""Whose turn it is to serve a subscriber in this process, and until when."""
_one = threading.Lock()


def pace(name: str) -> float:
    """How long it took the last time here, in seconds; 0 if it was not here yet."""
    return took.get(name, 0.0)


@contextmanager
def taken(name: str, for_s: float = math.inf) -> Iterator[bool]:
    """Whether it is this thread's turn to serve the subscriber, until the end of this or for so long."""
    me = object()
    with _one:
        mine = time.monotonic() > _busy.get(name, (None, -math.inf))[1]
        if mine:
            _busy[name] = me, time.monotonic() + for_s
    try:
        yield mine
    finally:
        with _one:
            if _busy.get(name, (None,))[0] is me:
                del _busy[name]


@contextmanager
def inside(name: str) -> Iterator[None]:
    """While the subscriber's own code runs, its turn does not end, however long that takes: if it hangs, one
    thread is enough."""
    with _one:
        before = _busy.get(name)
        if before:
            _busy[name] = before[0], math.inf
    try:
        yield
    finally:
        with _one:
            if before and _busy.get(name, (None,))[0] is before[0]:
                _busy[name] = before


@contextmanager
def timed(name: str) -> Iterator[Callable[[], None]]:
    """Remember how long this took the subscriber. What it yields is called when nothing was done: that says
    nothing about how quick it is."""
    began, idle = time.monotonic(), []
    try:
        yield lambda: idle.append(True)
    finally:
        if not idle:
            took[name] = time.monotonic() - began


def lock(names: Iterable[str], *, within_s: float | None = None) -> set[str]:
    """Those of these subscribers that no other process serves, until the end of the transaction. On SQLite
    there is one process, and `taken`. Where that is not enough, the compare-and-set decides.

    With `within_s` PostgreSQL ends the transaction when a statement, or a pause between two, takes longer.
    """
    by_number = {zlib.crc32(name.encode()) >> 1: name for name in names}
    if connection.vendor != "postgresql":
        return set(by_number.values())
    limits = ("idle_in_transaction_session_timeout", "statement_timeout") if within_s else ()
    settings = "".join(f", set_config('{name}', '{round(1000 * (within_s or 0))}', true)" for name in limits)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT number, pg_try_advisory_xact_lock(%s, number){settings}"  # noqa: S608  (numbers of ours)
            " FROM unnest(%s::int[]) AS number",
            [_LOCKS, sorted(by_number)],
        )
        return {by_number[row[0]] for row in cursor.fetchall() if row[1]}


def may_share(name: str, work: Work) -> bool:
    """Whether a subscriber may be served in one transaction with others, if it is quick."""
    if time.monotonic() < max(_alone.get(name, 0.0), _alone.get(_everybody, 0.0)):
        return False
    little = sum(place.head - place.at for place in work.places) <= LITTLE
    return little and bool(work.places) and not work.parked and work.at_most is None


def is_quick(name: str) -> bool:
    """Whether it was called here before, and quick."""
    return took.get(name, math.inf) < SLOW_S


def leave_alone(name: str = _everybody, seconds: float = ALONE_S) -> None:
    """Serve a subscriber, or everybody, alone for so long: somebody failed, or hung."""
    _alone[name] = time.monotonic() + seconds


def forget() -> None:
    """Forget who was quick, slow or bad. For tests."""
    took.clear()
    _alone.clear()
