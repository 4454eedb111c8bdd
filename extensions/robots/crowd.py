"""Many robots on few threads: each is a generator that acts, then yields for how many seconds it rests."""

import heapq
import itertools
import threading
import time
from collections.abc import Callable, Generator

Robot = Generator[float, None, None]


class Crowd:
    """Robots that act when their rest is over. One that fails is reported to `broken`; the others go on."""

    def __init__(self, broken: Callable[[Exception], None], threads: int = 12):
        self._broken = broken
        self._threads = threads
        self._due: list[tuple[float, int, Robot]] = []
        self._turn = itertools.count()
        self._busy = 0
        self._news = threading.Condition()
        self._over = False

    def add(self, robot: Robot, after: float = 0.0) -> None:
        """Let a robot join after this many seconds."""
        with self._news:
            heapq.heappush(self._due, (time.monotonic() + after, next(self._turn), robot))
            self._news.notify()

    def run(self, watch: Callable[[], bool] = lambda: False) -> None:
        """Run until every robot is done, or until `watch`, asked twice a second, says that it is enough."""
        threads = [threading.Thread(target=self._work, name=f"robots-{n}") for n in range(self._threads)]
        for thread in threads:
            thread.start()
        try:
            while any(thread.is_alive() for thread in threads) and not watch():
                threads[0].join(0.5)
        finally:
            with self._news:
                self._over = True
                self._news.notify_all()
            for thread in threads:
                thread.join()
            for _due, _turn, robot in self._due:
                robot.close()

    def _work(self) -> None:
        while (robot := self._next()) is not None:
            rest = None
            try:
                rest = next(robot)
            except StopIteration:
                pass
            except Exception as error:
                self._broken(error)
            with self._news:
                self._busy -= 1
                if rest is not None:
                    heapq.heappush(self._due, (time.monotonic() + rest, next(self._turn), robot))
                self._news.notify_all()

    def _next(self) -> Robot | None:
        """The robot whose rest is over first; None when all are done."""
        with self._news:
            while not self._over and (self._due or self._busy):
                left = self._due[0][0] - time.monotonic() if self._due else 0.5
                if self._due and left <= 0:
                    self._busy += 1
                    return heapq.heappop(self._due)[2]
                self._news.wait(left)
            return None
