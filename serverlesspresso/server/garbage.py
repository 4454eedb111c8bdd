"""Garbage collection beside thousands of sockets.

CPython, from 3.11 to 3.13, searches all that lives for garbage after so many allocations, whoever waits:
150 ms with a thousand sockets (`bench/stalls.py`). So a web process does that more rarely, and after many
sockets have come, in a quiet moment, it freezes what lives, so that later searches pass it by. What is
frozen and dies in a cycle, as sockets do, stays in memory: so after many have gone, everything is searched
again. From 3.14 on the collector works in small steps, and this does little.
"""

import gc
import time
from collections.abc import Callable

_THRESHOLDS = (5_000, 10, 100)
"""Young objects are searched after so many allocations, middle-aged ones each tenth time: 5 ms at most.
Everything is searched each hundredth time after that."""
MANY = 500
"""Sockets that come before it is worth freezing what lives; twice as many go before it is thawed again."""
QUIET_S = 0.2
LOOK_S = 1.0


class Garbage:
    """What this process knows about its sockets and its last work."""

    def __init__(self) -> None:
        self.came = self.gone = 0
        self.worked_at = float("-inf")

    def work(self) -> None:
        """Somebody is being answered: now is not the time to search."""
        self.worked_at = time.monotonic()

    def look(self) -> None:
        """Search and freeze, if many have come and nobody is waiting."""
        if self.came < MANY or time.monotonic() - self.worked_at <= QUIET_S:
            return
        if self.gone >= 2 * MANY:
            gc.unfreeze()  # a process forked from the supervisor then no longer shares some 55 MB with it
            self.gone = 0
        self.came = 0
        gc.collect()
        gc.freeze()


garbage = Garbage()


def collect_when_quiet(call_later: Callable) -> None:
    """From now on, in this process. `call_later` takes seconds and a function."""
    gc.set_threshold(*_THRESHOLDS)

    def again() -> None:
        garbage.look()
        call_later(LOOK_S, again)

    again()
