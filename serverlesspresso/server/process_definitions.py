"""The processes of a bar with servers of its own: which there are, what each does, and what they load."""

import gc
import importlib
import os
import socket
import sys

from .supervisor import Child

_LOADED = (
    "serverlesspresso.server.beat",
    "serverlesspresso.celery",
    "celery.apps.beat",
    "celery.apps.worker",
    "celery.bin.celery",
    "celery.concurrency.prefork",
    "celery.concurrency.thread",
    "celery.worker.components",
    "celery.worker.consumer",
    "celery.worker.strategy",
    "channels_redis.pubsub",
    "kombu.transport.redis",
    # All of Daphne but its server: that one makes an event loop when it is imported.
    "daphne.http_protocol",
    "daphne.ws_protocol",
    "serverlesspresso.server.http_limits",
    "twisted.internet.asyncioreactor",
    "twisted.internet.endpoints",
)


def load() -> None:
    """Import whatever a part of the bar needs, and begin nothing: no thread, no connection, no event loop.
    A process forked from here starts in a fraction of a second. Needs nothing that `serve` prepares."""
    for name in _LOADED:
        importlib.import_module(name)
    from serverlesspresso.celery import app

    app.loader.import_default_modules()
    app.finalize()


def freeze() -> None:
    """Do this last, when static files have been gathered: which there are is looked up here, once for all."""
    importlib.import_module("serverlesspresso.asgi")
    gc.collect()
    gc.freeze()  # what is there by now stays: a search for garbage need not write to it, and so unshare it


def children(listener: socket.socket, web: int) -> list[Child]:
    """Daphne, as many as asked, on one listening socket; four Celery workers; one beat."""
    worker = ("worker", "--without-gossip", "--without-mingle", "--without-heartbeat", "-O", "fair")
    return [
        *[Child(f"web {number}", answer, (listener,)) for number in range(1, web + 1)],
        Child(
            "workflow worker", celery, (listener, *worker, "-Q", "workflow", "-c", "2", "-n", "workflow@%h")
        ),
        # A subscriber that hangs must not delay a deadline, nor other subscribers: it keeps one process until
        # Celery's time limit, and is then served by itself, as slow work.
        Child(
            "dispatch worker",
            patiently,
            (listener, *worker, "-Q", "dispatch", "-c", "2", "-n", "dispatch@%h"),
        ),
        Child("slow worker", patiently, (listener, *worker, "-Q", "slow", "-c", "4", "-n", "slow@%h")),
        Child("outgoing worker", patiently, (listener, *worker, *_outgoing(), "-n", "outgoing@%h")),
        Child("beat", celery, (listener, "beat", "-S", "serverlesspresso.server.beat:SteadyScheduler")),
    ]


def _outgoing() -> tuple[str, ...]:
    """Threads: whoever waits for another server needs no more, and each effect ends its attempt by itself."""
    from serverlesspresso.events import outbox

    return "-Q", "outgoing", "-P", "threads", "-c", str(outbox.places() + outbox.SPARE)


def answer(listener: socket.socket) -> None:
    """A web process."""
    from . import daphne

    daphne.serve(listener.fileno())
    daphne.leave()


def patiently(listener: socket.socket, *words: str) -> None:
    """As `celery`, for work that may wait: where cores are short, clicks and deadlines come first."""
    os.nice(5)
    celery(listener, *words)


def celery(listener: socket.socket, *words: str) -> None:
    """Celery's command of these words: a worker, or beat."""
    listener.close()  # or the port would be taken for as long as a worker takes to end
    from serverlesspresso.celery import app

    words = ("--quiet", *words)
    sys.argv = ["-m", "celery", "-A", "serverlesspresso", *words]  # as what SIGHUP starts a worker anew
    app.start(words)
