"""Bulkheads: each kind of effect has places of its own in a process, and each receiver a share of them.

A place is held for as long as an attempt takes, and a server that hangs may hold one for 15 seconds. So it
holds one at most, and all those that were slow last time, or of whom nothing is known yet, hold half of the
kind's together. The other half is for receivers that answered quickly last time.
"""

import threading
from collections import Counter
from typing import NamedTuple

QUICK_S = 2.0
"""Whoever took no longer than this last time is trusted with more than one place."""
_KNOWN = 200


class Room(NamedTuple):
    """Who would be let in now: nobody of `full`; and if `only` is not None, nobody but those."""

    only: frozenset[str] | None
    full: frozenset[str]


class Bulkhead:
    """The places of one kind in this process, `each` of them at most for one receiver. The receiver "" is the
    only one of its kind: nobody waits behind it, however slow it is."""

    def __init__(self, places: int, each: int):
        self.places, self.each = places, each
        self._lock = threading.Lock()
        self._inside: Counter[str] = Counter()
        self._quick: dict[str, None] = {}  # the last of them, oldest first
        self.turned_away = False
        """Whether somebody was, who waits. Whoever leaves looks for them."""

    def enter(self, receiver: str) -> bool:
        """Take a place for an attempt to reach this receiver; False if there is none for it now."""
        with self._lock:
            if free := self._is_free(receiver):
                self._inside[receiver] += 1
            else:
                self.turned_away = True
            return free

    def leave(self, receiver: str, seconds: float | None) -> None:
        """Give the place back, after so many seconds; None if nothing was attempted."""
        with self._lock:
            self._inside[receiver] -= 1
            if not self._inside[receiver]:
                del self._inside[receiver]
            if seconds is None:
                return
            self._quick.pop(receiver, None)
            if seconds <= QUICK_S:
                self._quick[receiver] = None
                if len(self._quick) > _KNOWN:
                    del self._quick[next(iter(self._quick))]

    def room(self) -> Room:
        """Who would be let in."""
        with self._lock:
            quick = frozenset(each for each in self._quick if self._is_free(each))
            full = frozenset(each for each in self._inside if not self._is_free(each))
            return Room(None if self._has_room_for_strangers() else quick, full)

    def _is_free(self, receiver: str) -> bool:
        if self._inside.total() >= self.places:
            return False
        if receiver in self._quick or not receiver:
            return self._inside[receiver] < self.each
        return not self._inside[receiver] and self._has_room_for_strangers()

    def _has_room_for_strangers(self) -> bool:
        strangers = sum(count for each, count in self._inside.items() if each and each not in self._quick)
        return strangers < max(1, self.places // 2) and self._inside.total() < self.places
