"""Open connections of this process. Each is a file, and a process may have only so many: before there are too
many, the longest silent give way, so that somebody new still gets a page."""

import heapq
import logging
import resource
from collections import Counter
from typing import Any

from serverlesspresso.core import metrics

logger = logging.getLogger(__name__)

SHARE = 0.9
"""Of the files this process may open, so many are for connections; the rest are the database's and others."""
MOST_FILES = 1_048_576
"""Where a system names no number, or a fantastic one."""
SAY_S = 60
"""A crowd is told in the log once in so many seconds."""
SILENT, IDLE, ARRIVING, SOCKET, NEW = range(5)
"""Who gives way first: who has sent nothing for a while; who waits between two requests; whose request has
been arriving for long; sockets, whose pages come back by themselves; who came just now. Whoever is being
answered stays."""
_NAMES = ("silent", "idle", "arriving", "socket", "new")


def raise_limit() -> int:
    """Let this process, and those it starts, open as many files as the system allows; how many that is."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    for wanted in (most, 10_240):  # macOS says "infinite" and takes no more than the second
        if soft != resource.RLIM_INFINITY and soft < wanted <= most:
            try:
                resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            except (ValueError, OSError):
                continue
            return wanted
    return most if soft == resource.RLIM_INFINITY else soft


class Crowd:
    """The connections that are open: `wire.Transport`s, which say when they were last heard."""

    def __init__(self) -> None:
        self.open: set[Any] = set()
        self.files, self.most = 1024, int(1024 * SHARE)
        self._closed: Counter[int] = Counter()
        self._refused = 0
        self._said_at = float("-inf")

    def fit(self, files: int) -> None:
        """So many files may be open."""
        self.files, self.most = files, int(files * SHARE)
        metrics.connections_limit(self.most)

    def come(self, connection) -> None:
        self.open.add(connection)
        metrics.connected(1)

    def go(self, connection) -> None:
        """It is closed, by whomever."""
        if connection in self.open:
            self.open.remove(connection)
            metrics.connected(-1)

    def make_room(self, now: float) -> bool:
        """Before a connection is let in: whether there is room for it, made if need be. A hundredth of all
        gives way at a time, so that not each newcomer has to look for the longest silent."""
        if len(self.open) < self.most:
            return True
        ranked = ((*place, id(each), each) for each in self.open if (place := each.place()))
        leaving = heapq.nsmallest(max(self.most // 100, 1), ranked)
        self._refused += not leaving
        busiest = Counter(each.client[0] for each in self.open).most_common(1) if self._due(now) else []
        for kind, _heard, _id, each in leaving:
            self.go(each)
            each.cut()
            self._closed[kind] += 1
            metrics.gave_way(_NAMES[kind])
        if busiest:
            self._say(now, *busiest[0])
        return bool(leaving)

    def _due(self, now: float) -> bool:
        return now - self._said_at >= SAY_S

    def _say(self, now: float, address: str, of_it: int) -> None:
        closed = ", ".join(f"{count} {_NAMES[kind]}" for kind, count in sorted(self._closed.items()))
        logger.warning(
            "too many connections: %s are open, with %s files allowed; closed to let new ones in: %s;"
            " refused: %s; most come from %s: %s",
            *(len(self.open), self.files, closed or "none", self._refused, address, of_it),
        )
        self._said_at, self._refused = now, 0
        self._closed.clear()


crowd = Crowd()
"""Everybody connected to this process."""
