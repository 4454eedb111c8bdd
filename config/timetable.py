"""A store's timetable: when its opening hours begin and end, in UTC.

Hours are a store's local time by day of the week, between its first and last day.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from .models import Store

_DAY = dt.timedelta(days=1)
_WEEK = dt.timedelta(days=8)
"""Within this many days every day of the week comes once, whatever the time of day."""
_CALENDARS_END = dt.date.max - 2 * _WEEK
"""Python cannot compute days, or times in another zone, much beyond this."""


class Span(NamedTuple):
    """A time in which a store is open by its hours, in UTC."""

    opens: dt.datetime
    closes: dt.datetime


class Hours(NamedTuple):
    """One line of a timetable: day of the week (0 is Monday), from, to; `to` may be on the next day."""

    weekday: int
    opens: dt.time
    closes: dt.time


def spans(store: "Store", around: dt.datetime) -> list[Span]:
    """The store's opening times in the weeks before and after a moment (UTC), or after its first day.

    When clocks go forward, an hour is missing: a time that begins in it begins an hour later, and one that
    would then end before it begins is left out. Of an hour that comes twice, the first counts.
    """
    today = store.local_day(around)
    first = max(today - _WEEK, store.starts_on or dt.date.min)
    if first > _CALENDARS_END:
        return []  # such as a slip of the year: 9999
    last = min(max(today, first) + _WEEK, store.ends_on)
    lines = list(store.hours.all())
    found = (
        _span(store, day, line)
        for day in _days(first, last)
        for line in lines
        if line.weekday == day.weekday()
    )
    return list(_joined(sorted(span for span in found if span.opens < span.closes)))


def _days(first: dt.date, last: dt.date) -> Iterator[dt.date]:
    return (first + number * _DAY for number in range((last - first).days + 1))


def _span(store: "Store", day: dt.date, line) -> Span:
    until = day if line.closes > line.opens else day + _DAY
    opens, closes = (
        dt.datetime.combine(on, at, tzinfo=store.zone).astimezone(dt.UTC)
        for on, at in ((day, line.opens), (until, line.closes))
    )
    return Span(opens, closes)


def _joined(found: Iterable[Span]) -> Iterator[Span]:
    """Times that touch or overlap become one: nobody closes at noon to open at noon."""
    last: Span | None = None
    for span in found:
        if last and span.opens <= last.closes:
            last = Span(last.opens, max(last.closes, span.closes))
        else:
            if last:
                yield last
            last = span
    if last:
        yield last


def next_opening(store: "Store", now: dt.datetime) -> dt.datetime | None:
    """When the hours next open the store (UTC); None if there are no hours, or no more."""
    return next((span.opens for span in spans(store, now) if span.opens > now), None)


def next_closing(store: "Store", now: dt.datetime) -> dt.datetime | None:
    """When the hours next close the store (UTC); None if there are no hours, or no more."""
    return next((span.closes for span in spans(store, now) if span.closes > now), None)


def last_change(store: "Store", now: dt.datetime) -> tuple[dt.datetime, bool] | None:
    """When the hours last opened (True) or closed (False) the store; None if they did not within a week."""
    turns = [(moment, moment == span.opens) for span in spans(store, now) for moment in span if moment <= now]
    return max(turns, default=None)
