"""What a bar can take, by how fast it was measured to be (Little's law: drinks in the bar = speed × wait)."""

import math
from dataclasses import dataclass

from config.models import Store

from . import queries, wait_times

WAIT_S = 480
"""A wait of 8 minutes is what people at a conference put up with."""
_HOUR_S = 3600
_QUICKEST_S = 20
"""Nobody makes a drink in less: what was tapped away faster says how fast somebody taps."""


@dataclass(frozen=True)
class Advice:
    """What the measured speed means: `per_hour` drinks; how many more orders until a new one waits 8 minutes,
    as far as there are places; drinks a code with which as many come as are made, no more than places; and
    whether the store allows more or fewer now."""

    per_hour: int
    more: int
    per_code: int
    allowed: int

    @property
    def differs(self) -> bool:
        """Whether it is worth a manager's while: a fifth more or less than is allowed now."""
        return abs(self.per_code - self.allowed) > self.allowed / 5


def advice(store: Store) -> Advice | None:
    """What to do about a store now; None until a few drinks were made within the hour, and while nobody knows
    how it will go on (`pace.pace`)."""
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
