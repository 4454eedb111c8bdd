"""What a subscriber is handed next: the log after its place, by store and sequence, never by id."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field

from django.db import connection
from django.db.models import Q, QuerySet

from serverlesspresso.events.models import Event

from . import dead_letters, tables
from .offsets import Place, Work
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


Span = tuple[str, int, int]
"""A piece of a store's log: the store, after which sequence, and up to which."""
_EVENTS = {
    "sqlite": """
SELECT e.* FROM {spans} JOIN events_event e
ON e.store = span.column1 AND e.sequence > span.column2 AND e.sequence <= span.column3
ORDER BY e.store, e.sequence
""",
    # Joined as above, millions of events would be read whole: it does not know how short the spans are.
    "postgresql": """
SELECT e.* FROM {spans} CROSS JOIN LATERAL (
    SELECT * FROM events_event
    WHERE store = span.column1 AND sequence > span.column2 AND sequence <= span.column3
    ORDER BY sequence LIMIT {most}
) e
ORDER BY e.store, e.sequence
""",
}


class Log:
    """What was read of the log in one round. Several subscribers are usually at about the same place: then
    all that any of them may want is read at once."""

    def __init__(self, works: Collection[Work]):
        self._spans: dict[str, tuple[int, int]] = {}
        for place in (place for work in works for place in work.places):
            after, upto = self._spans.get(place.store, (place.at, place.head))
            self._spans[place.store] = min(after, place.at), max(upto, place.head)
        little = sum(upto - after for after, upto in self._spans.values()) <= WINDOW
        self._shared = little and len(works) > 1 and len(self._spans) <= MOST_STORES
        self._found: dict[str, list[Event]] | None = None

    def read(self, subscriber: Subscriber, spans: list[Span]) -> list[Event]:
        """The events a subscriber wants of these, by store, in sequence."""
        if not self._shared:
            return list(_events(spans).filter(_wanted(subscriber)))
        if self._found is None:
            self._found = defaultdict(list)
            for event in _read_all([(store, *span) for store, span in sorted(self._spans.items())]):
                self._found[event.store].append(event)
        return [
            _copy(event)
            for store, after, upto in spans
            for event in self._found[store]
            if after < event.sequence <= upto and subscriber.wants(event.type)
        ]


def _read_all(spans: list[Span]) -> list[Event]:
    """Composed by hand: that happens several times a second, and costs Django more than to read them."""
    table, values = tables.of(spans, "span", "text", "bigint", "bigint")
    return list(Event.objects.raw(_EVENTS[connection.vendor].format(spans=table, most=WINDOW), values))


def _copy(event: Event) -> Event:
    """One of its own for each subscriber, to whom it may be replayed."""
    own = Event.__new__(Event)
    own.__dict__.update(event.__dict__)
    return own


def _events(spans: list[Span]) -> QuerySet[Event]:
    where = Q()
    for store, after, upto in spans:
        where |= Q(store=store, sequence__gt=after, sequence__lte=upto)
    return Event.objects.filter(where).order_by("store", "sequence")


def units(subscriber: Subscriber, work: Work, log: Log) -> list[Unit]:
    """What is new, store by store: single events, or batches. What is not wanted is passed by."""
    places, window = _reach(work)
    size = min(subscriber.batch or 1, work.at_most or WINDOW)
    blocked: set[str | None] = dead_letters.blocked_orders(subscriber.name) if work.parked else set()
    by_store = _read(subscriber, places, window, log)
    found: list[Unit] = []
    for place in places:
        found += _of(place, by_store[place.store], size, blocked)
        found[-1].to = min(place.head, place.at + window)
    return found


def _reach(work: Work) -> tuple[list[Place], int]:
    """The logs that are read in one round, and how many events of each at most."""
    places = work.places[:MOST_STORES]
    return places, max(WINDOW // max(len(places), 1), 1)


def at_once(work: Work) -> bool:
    """Whether one round reads all there is."""
    places, window = _reach(work)
    return len(places) == len(work.places) and all(each.head - each.at <= window for each in places)


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
