"""Instruments: what the bar counts and times while it works, for `/metrics` (docs/how-to/operate.md).

Prometheus' client is loaded with the first thing to count, and never earlier. A bar in several processes
keeps the instruments in small files under DATA_DIR, which whichever process is asked reads all together.
"""

import datetime as dt
import fcntl
import functools
import logging
import os
import shutil
import socket
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import timezone

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

logger = logging.getLogger(__name__)

BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
_lock = threading.Lock()


def _best_effort(count: Callable[..., None]) -> Callable[..., None]:
    """Counting must not cost anybody a coffee: a full disk or a folder that is gone is logged, no more."""

    @functools.wraps(count)
    def counts(*args) -> None:
        try:
            count(*args)
        except Exception as error:
            logger.warning("could not count %s: %s", count.__name__, error)

    return counts


@_best_effort
def observe_request(method: str, route: str, status: int, seconds: float) -> None:
    """A request was answered."""
    known = method if method in _METHODS else "other"
    _instruments().clicks.labels(known, route, f"{status // 100}xx").observe(seconds)


@_best_effort
def observe_delivery(topic: str, at: dt.datetime) -> None:
    """An event of that moment (UTC) was handed to the screens of a topic."""
    seconds = (timezone.now() - at) / dt.timedelta(seconds=1)  # clock: asks no database
    _instruments().deliveries.labels(topic).observe(max(seconds, 0))


@_best_effort
def observe_task(task: str, outcome: str, seconds: float) -> None:
    """A Celery task ended, well ("done") or not ("failed")."""
    _instruments().steps.labels(task, outcome).observe(seconds)


@_best_effort
def count_refusal(code: str) -> None:
    """Somebody was told no."""
    _instruments().refusals.labels(code).inc()


@_best_effort
def bounded(bound: str) -> None:
    """One network did more than it may: "nameless" scans, joining the waiting "list", guessing "digits"."""
    _instruments().bounds.labels(bound).inc()


@_best_effort
def count_dropped_message(sender: str, reason: str) -> None:
    """A background sender dropped a message: its queue was "full", sending "failed", or it was "resting"."""
    _instruments().drops.labels(sender, reason).inc()


@_best_effort
def count_redriven(what: str) -> None:
    """The sweep took up an order: "overdue", or one whose chain ("open", "queue", "close") was lost."""
    _instruments().redrives.labels(what).inc()


@_best_effort
def observe_subscriber(subscriber: str, at: dt.datetime) -> None:
    """A subscriber is done with some events; the oldest is of that moment (UTC)."""
    seconds = (timezone.now() - at) / dt.timedelta(seconds=1)  # clock: asks no database
    _instruments().handled.labels(subscriber).observe(max(seconds, 0))


@_best_effort
def count_subscriber_failure(subscriber: str) -> None:
    """A subscriber failed with an event, which is tried again."""
    _instruments().failures.labels(subscriber).inc()


@_best_effort
def count_outbox_message(kind: str, state: str) -> None:
    """An effect outside the database, such as an SMS, came to a state: sent, failed, unknown, capped."""
    _instruments().effects.labels(kind, state).inc()


@_best_effort
def listening(topic: str, change: int) -> None:
    """A socket joined (1) or left (-1) a topic in this process."""
    _instruments().sockets.labels(topic).inc(change)


@_best_effort
def rooms(topic: str, change: int) -> None:
    """The hub of this process opened (1) or closed (-1) a room of a topic."""
    _instruments().rooms.labels(topic).inc(change)


@_best_effort
def often(what: str) -> None:
    """One address asked for a page beyond what is usual in a minute."""
    _instruments().often.labels(what).inc()


@_best_effort
def connected(change: int) -> None:
    """A connection was opened (1) or closed (-1) in this process."""
    _instruments().connections.inc(change)


@_best_effort
def connections_limit(most: int) -> None:
    """With so many open connections this process begins to close the longest silent."""
    _instruments().connections_limit.set(most)


@_best_effort
def gave_way(kind: str) -> None:
    """A connection was closed to let new ones in: by the names in `crowd`."""
    _instruments().gave_way.labels(kind).inc()


Figure = tuple[str, str, dict[str, str], float]
"""What a figure is called, what it means, its labels, its value."""
_others: list[Callable[[], Iterable[Figure]]] = []


def register_collector(figures: Callable[[], Iterable[Figure]]) -> None:
    """Have `/metrics` ask this function too, each time: for what an extension keeps in the database."""
    if figures not in _others:
        _others.append(figures)


def registered_collectors() -> Iterator[Figure]:
    """What those functions say now."""
    for figures in _others:
        yield from figures()


def registry() -> "CollectorRegistry":
    """Every instrument there is, of all processes of this machine."""
    from prometheus_client import CollectorRegistry

    own = _instruments()
    together = CollectorRegistry()
    if own.folder is None:
        from prometheus_client import ProcessCollector

        together.register(own.registry)
        ProcessCollector(registry=together)
    else:
        together.register(_Together(own.folder))
    return together


class _Together:
    """What all processes of this machine counted, the dead ones too."""

    def __init__(self, folder: Path):
        self._folder = folder

    def collect(self) -> list:
        """As Prometheus' client wants it. One reader at a time, for each adds up what the dead left."""
        from prometheus_client.multiprocess import MultiProcessCollector

        with (self._folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            _bury_the_dead(self._folder)
            return list(MultiProcessCollector(None, path=str(self._folder)).collect())


def clean() -> None:
    """Begin anew: the files of the last run go. Only for whoever starts all processes of this machine."""
    shutil.rmtree(_folder(), ignore_errors=True)


def _folder() -> Path:
    """One for each machine or container: two that share DATA_DIR may have processes of the same number."""
    return settings.DATA_DIR / "metrics" / socket.gethostname()


def _bury_the_dead(folder: Path) -> None:
    """Add the files of processes that are gone to one file of each kind, so that they do not pile up: what
    counts up goes on counting after its process. What says "now", such as open sockets, does not."""
    from prometheus_client.mmap_dict import MmapedDict

    for file in folder.glob("*.db"):
        kind, _, pid = file.stem.rpartition("_")
        if not pid.isdecimal() or _lives(int(pid)):
            continue
        if not kind.startswith("gauge"):
            dead = MmapedDict(str(folder / f"{kind}_dead.db"))
            for key, value, timestamp, _at in MmapedDict.read_all_values_from_file(str(file)):
                dead.write_value(key, dead.read_value(key)[0] + value, timestamp)
            dead.close()
        file.unlink()


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # it is somebody else's
    return True


def _instruments() -> SimpleNamespace:
    with _lock:
        return _made()


@functools.cache
def _made() -> SimpleNamespace:
    os.environ.pop("PROMETHEUS_MULTIPROC_DIR", None)  # it is ours to say, and not inherited
    # The client decides when it is loaded whether it counts in files: then it is too late to say so.
    alone = settings.EMBEDDED or "prometheus_client" in sys.modules
    folder = None if alone else _prepared()
    from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

    registry = CollectorRegistry()
    name = functools.partial("serverlesspresso_{}".format)

    def make(kind, suffix, text, labels=(), **options):
        return kind(name(suffix), text, labels, registry=registry, **options)

    timed = functools.partial(make, Histogram, buckets=BUCKETS_S)
    live = functools.partial(make, Gauge, multiprocess_mode="liveall")
    return SimpleNamespace(
        folder=folder,
        registry=registry,
        clicks=timed("request_seconds", "From a request to its answer.", ("method", "route", "status")),
        deliveries=timed("delivery_seconds", "From an event to the screens that show it.", ("topic",)),
        steps=timed("task_seconds", "How long Celery's tasks take.", ("task", "outcome")),
        handled=timed(
            "subscriber_seconds", "From an event to a subscriber being done with it.", ("subscriber",)
        ),
        failures=make(Counter, "subscriber_failures", "Events a subscriber could not take.", ("subscriber",)),
        effects=make(Counter, "effects", "Attempts to reach the world outside.", ("kind", "state")),
        refusals=make(Counter, "refusals", "What people were told no for.", ("code",)),
        bounds=make(Counter, "bounds", "How often one network did more than it may.", ("bound",)),
        drops=make(Counter, "dropped", "Hints and tasks that did not leave.", ("courier", "reason")),
        redrives=make(Counter, "sweep_redrives", "Orders the sweep took up.", ("what",)),
        sockets=live("sockets", "Open sockets, by what they listen to.", ("topic",)),
        often=make(Counter, "one_address", "Requests of one address beyond the usual.", ("route",)),
        connections=live("connections", "Open connections."),
        connections_limit=live("connections_limit", "With so many open ones the longest silent give way."),
        gave_way=make(Counter, "connections_closed", "Closed to let new ones in.", ("kind",)),
        rooms=live("hub_rooms", "What somebody listens to, in one language.", ("topic",)),
    )


def _prepared() -> Path | None:
    """The folder of the processes' files, made known to Prometheus' client, which reads it when it is loaded;
    None, and then each process counts for itself, where the folder cannot be made."""
    folder = _folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        logger.warning("each process counts for itself, as %s cannot be made: %s", folder, error)
        return None
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
    return folder
