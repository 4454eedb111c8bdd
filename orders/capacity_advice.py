"""How many orders a bar can take, from its measured speed (Little's law: drinks in the bar = speed ×
wait)."""

import math
from dataclasses import dataclass

from config.models import Store

from . import queries, wait_times

WAIT_S = 480
"""A wait of 8 minutes is what people at a conference put up with."""
_HOUR_S = 3600
_QUICKEST_S = 20
"""Nobody makes a drink in less: a shorter time only shows how fast somebody taps."""


@dataclass(frozen=True)
class Advice:
    """What follows from the measured speed: `per_hour` drinks; how many more orders fit before a new one
    waits 8 minutes, no more than there are places; the drinks per code that bring as many orders as are made,
    no more than places; and whether the store now allows more or fewer."""

    per_hour: int
    more: int
    per_code: int
    allowed: int

    @property
    def differs(self) -> bool:
        """Whether the advice is worth following: a fifth more or less than is allowed now."""
        return abs(self.per_code - self.allowed) > self.allowed / 5


def advice(store: Store) -> Advice | None:
    """The advice for a store now; None until a few drinks were made within the hour, and while its pace is
    unknown (`wait_times.pace`)."""
    measured = wait_times.pace(store)
    if measured is None:
        return None
    speed = min(len(measured.busy) / sum(measured.busy), measured.hands / _QUICKEST_S)
    room = math.floor(speed * WAIT_S) - queries.live_count(store)
    return Advice(
        per_hour=round(speed * _HOUR_S),
        more=min(max(0, room), queries.room(store)),
        per_code=min(max(1, math.floor(speed * store.code_s)), store.capacity),
        allowed=store.per_code,
    )
