"""How long a drink takes: measured in staffed time on the bar's last drinks, as a range, never as a mean.
What cannot be said honestly is not said: this module decides that for every screen and the API."""

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import NamedTuple

from django.db.models import Count, Min, Q

from config.models import Store
from serverlesspresso.core import clock
from serverlesspresso.core.db.prepared import PreparedCount, PreparedValues
from serverlesspresso.core.percentiles import percentile

from . import patience, queries
from .models import Order, Status

_RECENT = dt.timedelta(hours=1)
"""Drinks made within this much staffed time count,"""
_TODAY = dt.timedelta(hours=12)
"""but none older than this by the clock: last night it was another bar."""
_SAMPLE = 40
"""At most this many of the hour's last drinks determine the pace."""
FEWEST = 5
"""Fewer drinks say nothing about the pace."""
_WIDEST = 2
"""The end of a range may be at most this many times its beginning: a wider one tells nobody when to come."""
_MINUTE_S = 60


@dataclass(frozen=True)
class Wait:
    """A range in which a drink is expected, in seconds from now: the 20th and the 80th percentile."""

    earliest: int
    latest: int

    @property
    def minutes(self) -> tuple[int, int]:
        """The range in minutes, as people are told: to the nearest one, at least one."""
        return _minutes(self.earliest), _minutes(self.latest)

    @property
    def told_s(self) -> tuple[int, int]:
        """The range as programs are told it: those minutes, in seconds."""
        first, last = self.minutes
        return first * _MINUTE_S, last * _MINUTE_S

    @property
    def is_honest(self) -> bool:
        """Whether the range is narrow enough to tell people."""
        first, last = self.minutes
        return last <= first * _WIDEST

    def between(self, now: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
        """The range as times (UTC) on whole minutes, as promised: rounded outwards."""
        start = (now + dt.timedelta(seconds=self.earliest)).replace(second=0, microsecond=0)
        end = now + dt.timedelta(seconds=self.latest)
        whole = end.replace(second=0, microsecond=0)
        return start, whole if whole == end else whole + dt.timedelta(minutes=1)


@dataclass(frozen=True)
class Pace:
    """How fast a bar is.

    `busy` has the seconds of staffed time for which each of the last drinks kept it busy, oldest first;
    `makes` those from claim to ready, sorted; `making` is how many are being made now, `hands` how many
    baristas made the last drinks.
    """

    busy: tuple[float, ...]
    makes: tuple[float, ...]
    making: int
    hands: int = 1

    def estimate(self, place: int) -> Wait | None:
        """The range that people may be told for a drink at a position; None if it is too wide."""
        found = self.wait(place)
        return found if found.is_honest else None

    def wait(self, place: int) -> Wait:
        """When a drink at a position (from 1) is expected: those before it, and those being made, come first.

        Those being made are half done on average, and no drink is quicker than making it.
        """
        earliest = self._time(place + self.making // 2, 20)
        latest = self._time(place + self.making, 80)
        return Wait(
            round(max(earliest, percentile(self.makes, 20))),
            round(max(latest, percentile(self.makes, 80))),
        )

    def next_place(self) -> int | None:
        """Seconds until the next drink is made and a place is free, at least 60; None if drinks differ too
        much."""
        found = Wait(round(self._time(1, 20)), round(self._time(1, 80)))
        return max(_MINUTE_S, found.latest) if found.is_honest else None

    def _time(self, drinks: int, percent: int) -> float:
        """In how many seconds this many drinks were made (or fewer, in proportion)."""
        length = max(1, min(drinks, len(self.busy) // 2))
        sums = [0.0, *accumulate(self.busy)]
        stretches = sorted(sums[end] - sums[end - length] for end in range(length, len(sums)))
        return percentile(stretches, percent) * drinks / length


def _minutes(seconds: float) -> int:
    return max(1, math.floor(seconds / _MINUTE_S + 0.5))


class _Drink(NamedTuple):
    """One of the last drinks: three readings of staffed time, when it was ready by the clock, and who made
    it."""

    queued: dt.datetime
    claimed: dt.datetime
    done: dt.datetime
    ready_at: dt.datetime
    barista: int | None


_READ = ("queued_staffed", "claimed_staffed", "completed_staffed")
_MOMENTS = ("queued_at", "claimed_at", "completed_at", *_READ)
_times = PreparedValues(
    lambda store, since: (
        Order.objects.filter(store=store, completed_at__gt=since, queued_at__isnull=False)
        .order_by("-completed_at")
        .values_list(*_MOMENTS, "barista")[: _SAMPLE + 1]
    )
)
_line = PreparedCount(
    lambda store: Order.objects.filter(store=store, status__in=(Status.QUEUED, Status.MAKING)),
    Count("pk", filter=Q(status=Status.MAKING)),
    Min("queued_clock", filter=Q(status=Status.QUEUED)),
    Min("store__queue__active_clock"),
)


def standstill(store: Store) -> patience.Standstill:
    """Since when nothing has moved at a bar where somebody waits. One query."""
    _making, queued, active = _line.of(store.pk)
    return patience.standstill(store, queued, active)


def drinks(store: Store) -> int:
    """How many drinks determine the pace: up to 40 of the last hour of staffed time. One query."""
    return len(_last(store))


def pace(store: Store) -> Pace | None:
    """How fast the bar is, in staffed time, by the drinks of its last hour.

    None when too few were made, and when nobody knows when the next will come: the bar is closed, has paused
    itself, or nothing has moved for long. Two queries.
    """
    if not store.is_open or store.paused_by_itself:
        return None
    last = _last(store)
    if len(last) < FEWEST:
        return None
    making, queued, active = _line.of(store.pk)
    if patience.standstill(store, queued, active).is_long(clock.now()) or _rests(store, last[-1].ready_at):
        return None
    # While nobody waited the bar was not slow, only idle. What was made in a pause took no staffed time.
    busy = [each.done - max(before.done, each.queued) for before, each in pairwise(last)]
    took = tuple(seconds for each in busy if (seconds := each.total_seconds()) > 0)
    makes = sorted((each.done - each.claimed).total_seconds() for each in last)
    hands = len({each.barista for each in last})
    return Pace(took, tuple(makes), making, hands) if len(took) >= FEWEST - 1 else None


def _last(store: Store) -> list[_Drink]:
    now = clock.now()
    found = [_drink(store, row) for row in reversed(_times.all(store.pk, now - _TODAY))]
    if not found:
        return []
    # the store may have been read before a pause that its last drink reflects
    staffed = min(store.staffed_time(now), found[-1].done + (now - found[-1].ready_at))
    return [drink for drink in found if drink.done > staffed - _RECENT]


def _drink(store: Store, row: Sequence) -> _Drink:
    *moments, barista = row
    by_house, staffed = moments[:3], moments[3:]
    # a row of the previous release, or of a recording, has only the clock's time
    read = [known or (at and at - store.paused_for) for at, known in zip(by_house, staffed, strict=True)]
    queued, claimed, done = read
    return _Drink(queued, claimed or done, done, by_house[2], barista)


def _rests(store: Store, ready_at: dt.datetime) -> bool:
    """Whether somebody paused the store and nothing has been made for long since: the pause may last."""
    if not store.paused_at:
        return False
    rests_for = clock.now() - max(store.paused_at, ready_at)
    return rests_for.total_seconds() >= patience.long_s(store)


def wait(store: Store, place: int | None) -> Wait | None:
    """When a drink at a position is expected; None when it does not wait, or no honest estimate exists."""
    speed = pace(store) if place else None
    return speed.estimate(place) if speed and place else None


def promise(order: Order, now: dt.datetime) -> dict:
    """The first range an order's owner is told, as columns of the order, to be checked later
    (`queries.promises_kept`)."""
    expected = wait(order.store, queries.place_of(order))
    start, end = expected.between(now) if expected else (None, None)
    return {"promised_from": start, "promised_to": end}


def room_in(store: Store) -> int | None:
    """Seconds until a full queue probably has a free place; None if unknown."""
    speed = pace(store)
    return speed.next_place() if speed else None
