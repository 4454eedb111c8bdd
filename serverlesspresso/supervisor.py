"""Starts the processes of a bar with servers of its own (REDIS_URL), and starts again what dies."""

import ctypes
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field

logger = logging.getLogger(__name__)

_LOOK_S = 0.2
_STOP_S = 15
_REST_S = (0.5, 5.0)
"""Rest before a process is started again: doubled each time it dies young, the first again once it lasts."""
_LASTING_S = 10


@dataclass
class Child:
    """One process that should always run."""

    name: str
    command: list[str]
    pass_fds: tuple[int, ...] = ()
    process: subprocess.Popen | None = None
    started: float = 0.0
    rest: float = _REST_S[0]
    due: float = field(default=0.0)

    def start(self) -> None:
        """Start it. In a session of its own, so that Ctrl-C reaches only the supervisor, which tells it."""
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            self.command,
            pass_fds=self.pass_fds,
            start_new_session=True,
            preexec_fn=_die_with_parent,  # noqa: PLW1509  (the supervisor has one thread)
        )

    def look(self) -> None:
        """Start it again if it has ended, after a rest."""
        if self.process is not None:
            if self.process.poll() is None:
                return
            logger.warning("%s ended with %s and will be started again", self.name, self.process.returncode)
            lasted = time.monotonic() - self.started > _LASTING_S
            self.rest = _REST_S[0] if lasted else min(self.rest * 2, _REST_S[1])
            self.due, self.process = time.monotonic() + self.rest, None
        if time.monotonic() >= self.due:
            self.start()


def children(listener: socket.socket, web: int) -> list[Child]:
    """Daphne, as many as asked, on one listening socket; two Celery workers; one beat."""
    celery = [sys.executable, "-m", "celery", "--quiet", "-A", "serverlesspresso"]
    worker = [*celery, "worker", "--without-gossip", "--without-mingle", "--without-heartbeat", "-O", "fair"]
    fd = listener.fileno()
    daphne = [sys.executable, "-m", "serverlesspresso.web", str(fd)]
    return [
        *[Child(f"web {number}", daphne, (fd,)) for number in range(1, web + 1)],
        Child("workflow worker", [*worker, "-Q", "workflow", "-c", "2", "-n", "workflow@%h"]),
        # A hanging webhook or SMS provider must not delay a deadline: slow work has a worker of its own. What
        # hangs there keeps one of its processes until Celery's time limit; the others go on.
        Child("slow worker", [*worker, "-Q", "slow", "-c", "4", "-n", "slow@%h"]),
        Child("beat", [*celery, "beat", "-S", "celery.beat:Scheduler"]),
    ]


def run(kids: list[Child]) -> None:
    """Keep them running until SIGTERM or SIGINT, then stop them all."""
    stopping = False

    def stop(*_):
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    while not stopping:
        for child in kids:
            child.look()
        time.sleep(_LOOK_S)
    _stop([child.process for child in kids if child.process is not None])


def _stop(processes: list[subprocess.Popen]) -> None:
    for process in processes:
        process.terminate()
    until = time.monotonic() + _STOP_S
    for process in processes:
        try:
            process.wait(max(until - time.monotonic(), 0.1))
        except subprocess.TimeoutExpired:
            logger.warning("process %s did not stop and is killed", process.pid)
            os.killpg(process.pid, signal.SIGKILL)


def _die_with_parent() -> None:
    """On Linux: a child must not outlive a supervisor that was killed, or there would be two beats."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # 1 is PR_SET_PDEATHSIG
