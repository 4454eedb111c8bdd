"""Handing over: what a handler is called with."""

from collections.abc import Iterator

from serverlesspresso.core import metrics
from serverlesspresso.core.failpoints import hit
from serverlesspresso.events.models import Event

from .reading import Unit
from .subscribers import Subscriber


class Moved(Exception):
    """Somebody else is serving the subscriber, or moved its place: what was done is undone."""


def call(subscriber: Subscriber, events: list[Event]) -> None:
    """Call the handler with these: with a list, or with the only one if it takes no batches. Raises what that
    raises."""
    if events:
        hit("bus.begun")
        subscriber.handler(events if subscriber.batch else events[0])
        hit("bus.handled")


def groups(subscriber: Subscriber, units: list[Unit], most: int) -> Iterator[list[Unit]]:
    """What is handed over at once: a unit, or units of several stores with `most` events together."""
    group: list[Unit] = []
    for unit in units:
        full = sum(len(each.events) for each in group) + len(unit.events) > most
        if group and (full or not subscriber.across):
            yield group
            group = []
        group.append(unit)
    yield group


def places(units: list[Unit]) -> dict[str, tuple[int, int]]:
    """How far these go in each store's log: from where to where."""
    moves: dict[str, tuple[int, int]] = {}
    for unit in units:
        moves[unit.store] = (moves.get(unit.store, (unit.at, 0))[0], unit.to)
    return moves


def note(name: str, units: list[Unit]) -> None:
    """Count for /metrics how late a subscriber had them."""
    fresh = [unit.events[0].at for unit in units if unit.events and not unit.events[0].replayed]
    if fresh:
        metrics.handled(name, min(fresh))
