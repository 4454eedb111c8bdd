"""How long a drink takes to come: measured on the last drinks of the bar, as a range, never as a mean."""

import datetime as dt
import math
from dataclasses import dataclass
from itertools import accumulate, pairwise

from config.models import Store
from serverlesspresso import clock
from serverlesspresso.composed import Columns, Summed

from . import queries
from .models import Order, Status

_RECENT = dt.timedelta(hours=1)
_SAMPLE = 40
"""So many of the last drinks within the hour say how fast the bar is."""
_FEWEST = 4
"""From fewer drinks nobody can say anything."""
_MINUTE_S = 60


@dataclass(frozen=True)
class Wait:
    """A range in which a drink is expected, in seconds from now: the 20th and the 80th percentile."""

    earliest: int
    latest: int

    def between(self, now: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
        """The same as moments (UTC) on whole minutes, as they are promised: rounded outwards."""
        start = (now + dt.timedelta(seconds=self.earliest)).replace(second=0, microsecond=0)
        end = now + dt.timedelta(seconds=self.latest)
        whole = end.replace(second=0, microsecond=0)
        return start, whole if whole == end else whole + dt.timedelta(minutes=1)


@dataclass(frozen=True)
class Pace:
    """How fast a bar is.

    `busy` are the seconds each of the last drinks kept it busy, oldest first; `makes` the seconds from claim
    to ready, sorted; `making` how many are being made now.
    """

    busy: tuple[float, ...]
    makes: tuple[float, ...]
    making: int

    def wait(self, place: int) -> Wait:
        """When a drink at a position (from 1) is expected: those before it, and those being made, come first.

        Those being made are half done on average, and no drink is quicker than making it.
        """
        earliest = self._time(place + self.making // 2, 0.2)
        latest = self._time(place + self.making, 0.8)
        return Wait(
            round(max(earliest, _percentile(self.makes, 0.2))),
            round(max(latest, _percentile(self.makes, 0.8))),
        )

    def next_place(self) -> int:
        """In how many seconds the next drink is made, and a place free: a minute at least."""
        return max(_MINUTE_S, round(self._time(1, 0.8)))

    def _time(self, drinks: int, share: float) -> float:
        """In how many seconds so many drinks were made (or fewer, in proportion)."""
        length = max(1, min(drinks, len(self.busy) // 2))
        sums = [0.0, *accumulate(self.busy)]
        stretches = sorted(sums[end] - sums[end - length] for end in range(length, len(sums)))
        return _percentile(stretches, share) * drinks / length


def _percentile(values, share: float) -> float:
    return values[min(len(values) - 1, math.floor(len(values) * share))]


_times = Columns(
    lambda store, since: (
        Order.objects.filter(store=store, completed_at__gt=since, queued_at__isnull=False)
        .order_by("-completed_at")
        .values_list("queued_at", "claimed_at", "completed_at")[: _SAMPLE + 1]
    )
)
_making = Summed(lambda store: Order.objects.filter(store=store, status=Status.MAKING))


def pace(store: Store) -> Pace | None:
    """How fast the bar is, by the drinks of the last hour; None when too few were made. Two queries."""
    times = _times.all(store.pk, clock.now() - _RECENT)
    last = [(queued, claimed or done, done) for queued, claimed, done in reversed(times)]
    if len(last) <= _FEWEST:
        return None
    # while nobody waited the bar was not slow, only idle
    busy = [(done - max(before, q)).total_seconds() for (_q, _c, before), (q, _d, done) in pairwise(last)]
    makes = sorted((done - claimed).total_seconds() for _q, claimed, done in last)
    making = _making.count(store.pk)
    return Pace(tuple(max(0.0, seconds) for seconds in busy), tuple(makes), making)


def wait(store: Store, place: int | None) -> Wait | None:
    """When a drink at a position is expected; None when it does not wait, or when nobody can say."""
    speed = pace(store) if place else None
    return speed.wait(place) if speed and place else None


def promise(order: Order, now: dt.datetime) -> dict:
    """What an order's owner is told first about when it comes, as columns of the order: to be held against us
    (`queries.promises_kept`)."""
    expected = wait(order.store, queries.place_of(order))
    start, end = expected.between(now) if expected else (None, None)
    return {"promised_from": start, "promised_to": end}


def room_in(store: Store) -> int | None:
    """In how many seconds a place of a full queue is free, most likely; None when nobody can say."""
    speed = pace(store)
    return speed.next_place() if speed else None
