"""Kills the bar's processes and its servers, one after the other, as a seed decides."""

import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from .servers import Bar, Servers, tell

_CHOICES = (
    ("web", 8),
    ("workflow worker", 5),
    ("slow worker", 2),
    ("outgoing worker", 1),
    ("beat", 2),
    ("redis", 6),
    ("postgres", 2),
    ("pause web", 1),
    ("pause worker", 1),
    ("pause redis", 1),
    ("pause postgres", 1),
    ("crowd out", 1),
    ("flush redis", 1),
)
"""What, and how often. PostgreSQL seldom: without it nobody is served for some seconds, and so no order could
be harmed."""
PAUSE_S = 3


class Nemesis(threading.Thread):
    """A kill every so many seconds, until told to stop. What it did is in `done`, with the seconds since
    the start in `schedule`."""

    def __init__(self, bar: Bar, servers: Servers, every: float, seed: int):
        super().__init__(daemon=True)
        self.bar, self.servers, self.every = bar, servers, every
        self.dice = random.Random(seed)  # noqa: S311
        self.done: Counter[str] = Counter()
        self.schedule: list[tuple[float, str]] = []
        self.over = threading.Event()
        self.began = time.monotonic()

    def run(self) -> None:
        """Until `stop`."""
        names, weights = zip(*_CHOICES, strict=True)
        while not self.over.wait(self.every):
            [what] = self.dice.choices(names, weights)
            if self.strike(what):
                self.done[what] += 1
                self.schedule.append((round(time.monotonic() - self.began, 1), what))

    def strike(self, what: str) -> bool:
        """Do it; False when its victim is dead already."""
        if what == "redis":
            self.servers.redis.kill()
            self.servers.redis.start()
            return True
        if what == "postgres":
            self.servers.crash_postgres()
            return True
        if what == "crowd out":
            self.servers.crowd_out(PAUSE_S)
            return True
        if what == "flush redis":
            self.servers.flush_redis()
            return True
        if what.startswith("pause"):
            return self._pause(what.removeprefix("pause "))
        return self._signal(what, signal.SIGKILL) is not None

    def _signal(self, name: str, how: int) -> int | None:
        pids = self.bar.pids(name)
        if not pids:
            return None
        pid = self.dice.choice(pids)
        with suppress(ProcessLookupError):
            os.kill(pid, how)
        return pid

    def _pause(self, what: str) -> bool:
        go_on: Callable[[], object]
        if what == "postgres":
            go_on = self.servers.stop_postgres()
        elif what == "redis":
            go_on = self.servers.stop_redis()
        else:
            pid = self._signal("web" if what == "web" else "workflow worker", signal.SIGSTOP)
            if pid is None:
                return False
            go_on = partial(tell, [pid], signal.SIGCONT)
        threading.Timer(PAUSE_S, go_on).start()
        return True

    def stop(self) -> None:
        """No more, and nobody is left paused."""
        self.over.set()
        self.join()
        time.sleep(PAUSE_S)
