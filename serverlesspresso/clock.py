"""The one clock: the database's, in UTC.

Deadlines are decided by the database's clock, because two web servers may disagree about the time
(rule book: clocks and places). Tests move the clock with `advance`.
"""

import datetime as dt

from django.db import connection
from django.utils import timezone

_offset = dt.timedelta()


def now() -> dt.datetime:
    """The time of the database, UTC, plus whatever a test added. SQLite has no clock but this machine's."""
    if connection.vendor == "sqlite":
        return timezone.now() + _offset
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0] + _offset


def text(moment: dt.datetime | None) -> str | None:
    """A moment as RFC 3339 in UTC, to the millisecond; None stays None."""
    if moment is None:
        return None
    return moment.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def screen_time() -> str:
    """This machine's time for screens, which want to know how fresh they are, not who was first."""
    return text(timezone.now() + _offset) or ""


def advance(seconds: float) -> None:
    """Move the clock on by so many seconds, in this process only. For tests."""
    global _offset
    _offset += dt.timedelta(seconds=seconds)


def reset() -> None:
    """Take back every `advance`. For tests."""
    global _offset
    _offset = dt.timedelta()
