"""Whether anything moves at a bar: since when nobody has done anything for those who wait, in patience time.

The readings passed in are `Order.queued_clock` of the first waiting order and `Queue.active_clock`.
"""

import datetime as dt
from dataclasses import dataclass

from config.models import Store

WARNING = 2 / 3
"""Staff are warned after this part of the barista's clock (rule book: clocks and places)."""


@dataclass(frozen=True)
class Standstill:
    """Since when nobody has claimed, completed or cancelled anything while somebody waits (UTC; None when
    nobody waits or somebody paused the store). After `long_s` seconds no waiting times are given, and the
    organisers are alarmed; after `warn_s` the baristas are warned that orders will end."""

    since: dt.datetime | None
    long_s: int
    warn_s: int

    def is_long(self, now: dt.datetime) -> bool:
        """Whether it has lasted so long that no waiting time is given."""
        return self.since is not None and (now - self.since).total_seconds() >= self.long_s


def standstill(store: Store, queued: dt.datetime | None, active: dt.datetime | None) -> Standstill:
    """How long a queue has stood still, from both readings."""
    return Standstill(idle_from(store, queued, active), long_s(store), round(store.barista_s * WARNING))


def idle_from(store: Store, queued: dt.datetime | None, active: dt.datetime | None) -> dt.datetime | None:
    """The moment (UTC) of the later reading; None while the clock stands still, or nobody waits."""
    return store.when_patience_is(max(queued, active or queued)) if queued else None


def long_s(store: Store) -> int:
    """Seconds without movement after which no waiting time is given: until a ticket looks late, at most two
    thirds of the barista's clock."""
    return min(store.late_s, round(store.barista_s * WARNING))
