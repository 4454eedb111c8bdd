"""The one clock: the database's, in UTC.

Deadlines are decided by the database's clock, because two web servers may disagree about the time
(rule book: clocks and places). Each process asks it once a second and counts on from there, which is right
to within half the time the answer took. Tests move the clock with `advance`.
"""

import datetime as dt
import time

from django.db import connection
from django.utils import timezone

_offset = dt.timedelta()

LAST_ON_EARTH = dt.timezone(dt.timedelta(hours=-12))
"""The zone in which a day ends last: what is over there is over everywhere."""
ASK_EVERY_S = 1.0
CLOSE_S, KEPT_S = 0.01, 10.0
"""An answer that took longer than the first is used, but does not replace one younger than the second."""
_BOOT = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""Goes on while a laptop sleeps, and never back."""
_known: tuple[float, dt.datetime] | None = None
_asked = 0.0


def now() -> dt.datetime:
    """The time of the database, UTC, plus whatever a test added. SQLite has no clock but this machine's."""
    if connection.vendor == "sqlite":
        return timezone.now() + _offset  # clock: SQLite has no other
    here = time.clock_gettime(_BOOT)
    if _known is None or here - _asked > ASK_EVERY_S:
        return _ask() + _offset
    return _known[1] + dt.timedelta(seconds=here - _known[0]) + _offset


def _ask() -> dt.datetime:
    global _known, _asked
    began = time.clock_gettime(_BOOT)
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        answer = cursor.fetchone()[0]
    ended = time.clock_gettime(_BOOT)
    if ended - began <= CLOSE_S or _known is None or ended - _known[0] > KEPT_S:
        _known = (began + ended) / 2, answer
        _asked = ended
        return answer + dt.timedelta(seconds=(ended - began) / 2)
    _asked = ended
    return _known[1] + dt.timedelta(seconds=ended - _known[0])


def exact() -> dt.datetime:
    """The time of the database at this very moment, asked for and not counted on to. For what says who was
    first: two processes that count on are some milliseconds apart."""
    if connection.vendor == "sqlite":
        return now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0] + _offset


def text(moment: dt.datetime | None) -> str | None:
    """A moment as RFC 3339 in UTC, to the millisecond; None stays None."""
    if moment is None:
        return None
    return (
        moment.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    )  # clock: UTC, and says so


def screen_time() -> str:
    """This machine's time for screens, which want to know how fresh they are, not who was first."""
    return text(timezone.now() + _offset) or ""  # clock: SQLite has no other


def advance(seconds: float) -> None:
    """Move the clock on by so many seconds, in this process only. For tests."""
    global _offset
    _offset += dt.timedelta(seconds=seconds)


def reset() -> None:
    """Take back every `advance`, and forget what the database said. For tests."""
    global _offset, _known
    _offset, _known = dt.timedelta(), None
