"""Keeps the processes of a bar with servers of its own (REDIS_URL) running: what dies is started again.

Where a process may safely be forked, each is a copy of the supervisor, which has loaded everything (`parts`)
and begun nothing: it has no thread, no connection and no event loop. A copy is there at once and shares the
memory of what was loaded; a fresh Python would first spend seconds of a core on imports.
"""

import ctypes
import logging
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import connection
from multiprocessing.process import BaseProcess

logger = logging.getLogger(__name__)

FORKS = sys.platform != "darwin"
"""Libraries of macOS may crash in a forked process: there each is a fresh Python."""
_how = multiprocessing.get_context("fork") if FORKS else multiprocessing.get_context("spawn")
_LOOK_S = 0.2
_STOP_S = 15
_REST_S = (0.1, 5.0)
"""Rest before a process is started again: doubled each time it dies young, the first again once it lasts. So
what was killed is back at once, and what cannot start at all does not take a core for it."""
_LASTING_S = 3
_TOLD = (signal.SIGTERM, signal.SIGINT)
_PR_SET_PDEATHSIG, _PR_SET_NAME = 1, 15


@dataclass
class Child:
    """One process that should always run: `work`, a function of some module, with `args`."""

    name: str
    work: Callable[..., object]
    args: tuple = ()
    process: BaseProcess | None = None
    started: float = 0.0
    rest: float = _REST_S[0]
    due: float = 0.0

    def start(self) -> None:
        """Start it. Raises OSError when the machine has no room for another process."""
        self.started = time.monotonic()
        process = _how.Process(target=_live, args=(self.name, os.getpid(), self.work, self.args))
        # Until the child has handlers of its own a signal would reach a copy of ours, and be lost.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _TOLD)
        try:
            process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        self.process = process

    def look(self) -> None:
        """Start it again if it has ended, after a rest."""
        if self.process is not None:
            if self.process.exitcode is None:
                return
            logger.warning("%s ended with %s and will be started again", self.name, self.process.exitcode)
            self._rest()
        if time.monotonic() >= self.due:
            try:
                self.start()
            except OSError as error:
                logger.warning("%s could not be started and will be tried again: %s", self.name, error)
                self._rest()

    def _rest(self) -> None:
        lasted = time.monotonic() - self.started > _LASTING_S
        self.rest = _REST_S[0] if lasted else min(self.rest * 2, _REST_S[1])
        self.due, self.process = time.monotonic() + self.rest, None


def run(kids: list[Child]) -> None:
    """Keep them running until SIGTERM or SIGINT, then stop them all."""
    stopping = False

    def stop(*_):
        nonlocal stopping
        stopping = True

    for each in _TOLD:
        signal.signal(each, stop)
    while not stopping:
        for child in kids:
            child.look()
        connection.wait([child.process.sentinel for child in kids if child.process], _LOOK_S)
    _stop([child.process for child in kids if child.process])


def _stop(processes: list[BaseProcess]) -> None:
    for process in processes:
        process.terminate()
    until = time.monotonic() + _STOP_S
    for process in processes:
        process.join(max(until - time.monotonic(), 0.1))
        if process.exitcode is None:
            logger.warning("process %s did not stop and is killed", process.pid)
            os.killpg(process.pid, signal.SIGKILL)  # type: ignore[arg-type]  # it has started


def run_in_child(work: Callable[[], object], meanwhile: Callable[[], object]) -> None:
    """Do `work` in a process of its own and `meanwhile` in this one, so that what the first begins, such as
    connections and threads, is not in those that are copied from this one later. (Where none is: all here.)

    Raises SystemExit when `work` failed; that process has said why.
    """
    if not FORKS:
        work()
        meanwhile()
        return
    process = _how.Process(target=work, daemon=True)  # it is ended when this one is told to quit
    process.start()
    meanwhile()
    process.join()
    if process.exitcode:
        raise SystemExit(1)


def _live(name: str, parent: int, work: Callable[..., object], args: tuple) -> None:
    """A child's life. In a session of its own, so that Ctrl-C reaches only the supervisor, which tells it."""
    os.setsid()
    _introduce(name, parent)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _TOLD)
    work(*args)


def _introduce(name: str, parent: int) -> None:
    """On Linux: `ps -o comm` and `top` show the name, the same command line being everybody's; and a child
    must not outlive a supervisor that was killed, or there would be two beats."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_NAME, name.encode())  # the system takes 15 characters of it
    die_with_parent(parent, signal.SIGTERM)


def die_with_parent(parent: int, how: signal.Signals) -> None:
    """Have this process get a signal when its parent dies, by whatever. (On Linux: no other system can.)

    Raises SystemExit when the parent died a moment ago.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, how)
        if os.getppid() != parent:
            raise SystemExit("the process that started this one is gone")
