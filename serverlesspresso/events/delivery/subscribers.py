"""Subscribers: functions that hear of facts. `subscribe` makes one (docs/how-to/extensions.md).

They live in modules called `subscribers` of the installed apps, which are found by themselves.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from django.apps import apps

BATCH_MOST = 1000
Start = Literal["beginning", "now"]


@dataclass(frozen=True)
class Subscriber:
    """A function and what it wants to hear of. `batch` 0 hands over one event at a time; `across` lets a
    batch hold events of several stores; `isolated` has it served by itself."""

    name: str
    patterns: tuple[str, ...]
    handler: Callable
    start: Start = "beginning"
    batch: int = 0
    reset: Callable[[str], None] | None = None
    across: bool = False
    isolated: bool = False

    def wants(self, type: str) -> bool:
        """Whether events of this type are handed to it."""
        return any(matches(pattern, type) for pattern in self.patterns)


def matches(pattern: str, type: str) -> bool:
    """Whether a pattern means this type of event: its name, its beginning and `*`, or `*` for all."""
    return type.startswith(pattern[:-1]) if pattern.endswith("*") else type == pattern


_subscribers: dict[str, Subscriber] = {}
_by_type: dict[str, tuple[str, ...]] = {}


def subscribe(
    *patterns: str,
    name: str = "",
    start: Start = "beginning",
    batch: int = 0,
    reset: Callable[[str], None] | None = None,
    across: bool = False,
    isolated: bool = False,
) -> Callable[[Callable], Callable]:
    """Have a function called with each event whose type is one of these: exact, a prefix `OrderManager.*`, or
    `*` for all.

    It runs in one transaction with the note that it did: what it writes to the database is applied once. In
    order per order. What it raises is retried, and becomes a dead letter at last. Effects elsewhere, such as
    an SMS, belong into `serverlesspresso.events.outbox`. A replayed event says so: `event.replayed`.

    With `batch` it is called with a list of up to so many events of one store, in sequence; with `across`, of
    several stores, one after the other: what happens at twenty bars at once is one call then. `start` counts
    when the name is first seen: with all that ever happened, or with what happens from then on. `reset` is
    called with a store's short name when its log is replayed from the beginning, to forget what was counted.
    Say `isolated` if it talks to anything but the database. The name is "<app>.<function>" unless given, and
    must stay: the offsets are kept under it.
    """

    def register(handler: Callable) -> Callable:
        known = Subscriber(
            name or _default_name(handler), patterns, handler, start, batch, reset, across, isolated
        )
        _check(known)
        _subscribers[known.name] = known
        _by_type.clear()
        return handler

    return register


def _default_name(handler: Callable) -> str:
    app = apps.get_containing_app_config(handler.__module__)
    return f"{app.label if app else handler.__module__}.{handler.__name__}"


def _check(new: Subscriber) -> None:
    """Raise ValueError for what cannot work."""
    old = _subscribers.get(new.name)
    if old and (old.handler.__module__, old.handler.__name__) != (
        new.handler.__module__,
        new.handler.__name__,
    ):
        raise ValueError(f"two subscribers are called {new.name}")
    if not new.patterns or not all(new.patterns):
        raise ValueError(f"{new.name} subscribes to nothing")
    if any("*" in pattern[:-1] for pattern in new.patterns):
        raise ValueError(f"{new.name}: a * may only end a pattern")
    if new.across and not new.batch:
        raise ValueError(f"{new.name}: what goes across stores comes in batches")
    if new.start not in ("beginning", "now") or not 0 <= new.batch <= BATCH_MOST or len(new.name) > 64:
        raise ValueError(
            f"{new.name}: start is 'beginning' or 'now', batch at most {BATCH_MOST}, a name short"
        )


def forget(name: str) -> None:
    """Take a subscriber away. For tests."""
    _subscribers.pop(name, None)
    _by_type.clear()


def subscriber(name: str) -> Subscriber | None:
    """The subscriber of that name, if its app is installed."""
    return _subscribers.get(name)


def all_subscribers() -> list[Subscriber]:
    """Every subscriber of the installed apps, by name."""
    return [_subscribers[name] for name in sorted(_subscribers)]


def interested(type: str) -> tuple[str, ...]:
    """The names of those who want to hear of this type. Asked with every event, so it is remembered."""
    names = _by_type.get(type)
    if names is None:
        names = _by_type[type] = tuple(each.name for each in all_subscribers() if each.wants(type))
    return names


def chosen(names: Iterable[str] | None) -> list[Subscriber]:
    """Those of these names that are installed; all of them for None."""
    return (
        all_subscribers() if names is None else [_subscribers[name] for name in names if name in _subscribers]
    )
