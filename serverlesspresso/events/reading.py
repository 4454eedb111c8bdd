"""What a subscriber is handed next: the log after its place, by store and sequence, never by id."""

from collections import defaultdict
from copy import copy
from dataclasses import dataclass, field

from django.db.models import Q, QuerySet

from . import parking
from .models import Event
from .positions import Place, Work
from .subscribers import Subscriber

WINDOW = 1000
"""So many events are read at once, over all stores."""
MOST_STORES = 50


@dataclass
class Unit:
    """What is handed over at once, of one store whose place is `at` before and `to` after it. What is
    `waiting` is of orders of which something is parked already, and is parked behind that."""

    store: str
    at: int
    to: int
    events: list[Event] = field(default_factory=list)
    waiting: list[Event] = field(default_factory=list)

    def halves(self) -> tuple["Unit", "Unit"]:
        """The same in two, to find out which of its events fails."""
        middle = len(self.events) // 2
        cut = self.events[middle - 1].sequence
        first = [event for event in self.waiting if event.sequence <= cut]
        second = [event for event in self.waiting if event.sequence > cut]
        return (
            Unit(self.store, self.at, cut, self.events[:middle], first),
            Unit(self.store, cut, self.to, self.events[middle:], second),
        )


class Log:
    """What was read of the log in one round. Where several subscribers are at the same place, which is usual,
    the first reads all types there, and the others have it."""

    def __init__(self, *, shared: bool):
        self.shared = shared
        self._read: dict[tuple, list[Event]] = {}

    def read(self, subscriber: Subscriber, spans: list[tuple[str, int, int]]) -> list[Event]:
        """The events a subscriber wants of these (store, after, up to), by store, in sequence."""
        if not self.shared:
            return list(_events(spans).filter(_wanted(subscriber)))
        key = tuple(spans)
        if key not in self._read:
            self._read[key] = list(_events(spans))
        return [copy(event) for event in self._read[key] if subscriber.wants(event.type)]


def _events(spans: list[tuple[str, int, int]]) -> QuerySet[Event]:
    where = Q()
    for store, after, upto in spans:
        where |= Q(store=store, sequence__gt=after, sequence__lte=upto)
    return Event.objects.filter(where).order_by("store", "sequence")


def units(subscriber: Subscriber, work: Work, log: Log) -> list[Unit]:
    """What is new, store by store: single events, or batches. What is not wanted is passed by."""
    places = work.places[:MOST_STORES]
    window = max(WINDOW // len(places), 1)
    size = min(subscriber.batch or 1, work.at_most or WINDOW)
    blocked: set[str | None] = parking.blocked_orders(subscriber.name) if work.parked else set()
    by_store = _read(subscriber, places, window, log)
    found: list[Unit] = []
    for place in places:
        found += _of(place, by_store[place.store], size, blocked)
        found[-1].to = min(place.head, place.at + window)
    return found


def _of(place: Place, events: list[Event], size: int, blocked: set[str | None]) -> list[Unit]:
    unit = Unit(place.store, place.at, place.at)
    found = [unit]
    for event in events:
        if len(unit.events) == size:
            unit = Unit(place.store, unit.to, unit.to)
            found.append(unit)
        (unit.waiting if event.order in blocked else unit.events).append(event)
        unit.to = event.sequence
    return found


def _read(subscriber: Subscriber, places: list[Place], window: int, log: Log) -> dict[str, list[Event]]:
    """The events of interest after each place, by store, in sequence; each says whether it is `replayed`."""
    spans = [(place.store, place.at, min(place.head, place.at + window)) for place in places]
    replayed_to = {place.store: place.replayed_to for place in places}
    found: dict[str, list[Event]] = defaultdict(list)
    for event in log.read(subscriber, sorted(spans)):
        event.replayed = event.sequence <= replayed_to[event.store]
        found[event.store].append(event)
    return found


def _wanted(subscriber: Subscriber) -> Q:
    if "*" in subscriber.patterns:
        return Q()
    wanted = Q(type__in=[pattern for pattern in subscriber.patterns if not pattern.endswith("*")])
    for pattern in subscriber.patterns:
        if pattern.endswith("*"):
            wanted |= Q(type__startswith=pattern[:-1])
    return wanted
