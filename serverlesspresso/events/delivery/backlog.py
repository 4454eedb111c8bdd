"""What each subscriber has still to be handed: how far behind it is, and the log after its offsets.

The log is read by store and sequence, never by id, which commits out of order.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db import connection

from serverlesspresso.core import clock
from serverlesspresso.events.models import Cursor, Event

from . import dead_letters, offsets
from .subscribers import Subscriber

WINDOW = 1000
"""At most this many events are read at once, over all stores."""
MOST_STORES = 50
"""Of at most this many stores, when a subscriber is served by itself."""

_BACKLOG = """
SELECT s.name, s.at_most, NULL, 0, 0, 0, s.paused_at IS NULL AND EXISTS (
  SELECT 1 FROM events_parked p WHERE p.subscription_id = s.name AND p.dead_at IS NULL
), s.paused_at IS NULL AND EXISTS (
  SELECT 1 FROM events_parked p WHERE p.subscription_id = s.name AND p.dead_at IS NULL AND p.next_at <= %s
)
FROM events_subscription s WHERE s.name IN ({names})
UNION ALL
SELECT s.name, s.at_most, l.store, c.sequence, l.sequence, c.replayed_to, FALSE, FALSE
FROM events_subscription s CROSS JOIN events_stream l
LEFT JOIN events_cursor c ON c.subscription_id = s.name AND c.store = l.store
WHERE s.name IN ({names}) AND s.paused_at IS NULL AND (c.sequence IS NULL OR c.sequence < l.sequence)
"""
"""A row for each subscriber, and one for each log that it is behind in."""

_EVENTS = {
    "sqlite": """
SELECT e.* FROM (VALUES {rows}) AS span JOIN events_event e
ON e.store = span.column1 AND e.sequence > span.column2 AND e.sequence <= span.column3
ORDER BY e.store, e.sequence
""",
    # Joined as above, millions of events would be read whole: the planner does not know that the spans are
    # short. Arrays keep the text of the statement the same, so that it stays prepared.
    "postgresql": """
SELECT e.* FROM unnest(%s::text[], %s::bigint[], %s::bigint[]) AS span (store, after, upto)
CROSS JOIN LATERAL (
    SELECT * FROM events_event
    WHERE store = span.store AND sequence > span.after AND sequence <= span.upto
    ORDER BY sequence LIMIT %s
) e ORDER BY e.store, e.sequence
""",
}


@dataclass(frozen=True)
class Offset:
    """A store's log as a subscriber sees it: handled up to `at`, written up to `head`, handed over before up
    to `replayed_to`."""

    store: str
    at: int
    head: int
    replayed_to: int = 0


@dataclass
class Backlog:
    """What there is for one subscriber: the logs it is behind in; whether events of it are being retried, and
    whether one of them is due; and how many events it may be handed at once, if that is restricted."""

    offsets: list[Offset] = field(default_factory=list)
    retrying: bool = False
    due: bool = False
    at_most: int | None = None

    @property
    def is_short(self) -> bool:
        """Whether it can be handed over along with what others get: nothing failed, and there is little."""
        behind = sum(offset.head - offset.at for offset in self.offsets)
        return not self.retrying and self.at_most is None and behind <= WINDOW


@dataclass
class Batch:
    """Events of one store that are handed over at once, which moves the offset from `at` to `to`. Those that
    are `blocked` belong to orders of which an earlier event is being retried: they wait behind it."""

    store: str
    at: int
    to: int
    events: list[Event] = field(default_factory=list)
    blocked: list[Event] = field(default_factory=list)

    def halves(self) -> tuple["Batch", "Batch"]:
        """The same in two, to find out which of its events fails."""
        middle = len(self.events) // 2
        cut = self.events[middle - 1].sequence
        first = [event for event in self.blocked if event.sequence <= cut]
        second = [event for event in self.blocked if event.sequence > cut]
        return (
            Batch(self.store, self.at, cut, self.events[:middle], first),
            Batch(self.store, cut, self.to, self.events[middle:], second),
        )


def backlogs(subscribers: Iterable[Subscriber]) -> dict[str, Backlog]:
    """The backlog of each of these that has one, by name; a paused subscriber has none. One query."""
    wanted = {each.name: each for each in subscribers}
    if not wanted:
        return {}
    rows = _rows(list(wanted))
    if new := wanted.keys() - {row[0] for row in rows}:
        for name in new:
            offsets.register(wanted[name])
        rows = _rows(list(wanted))
    found: dict[str, Backlog] = defaultdict(Backlog)
    for name, at_most, store, at, head, replayed_to, retrying, due in rows:
        if store is not None:
            found[name].offsets.append(Offset(store, at or 0, head, replayed_to or 0))
        elif not retrying:
            continue
        else:
            found[name].retrying, found[name].due = True, bool(due)
        found[name].at_most = at_most
    found = {name: each for name, each in found.items() if each.offsets or each.due}
    _start_at_zero(found)
    return found


def _rows(names: list[str]) -> list[tuple]:
    with connection.cursor() as cursor:
        marks = ", ".join(["%s"] * len(names))
        cursor.execute(_BACKLOG.format(names=marks), [clock.now(), *names, *names])
        return cursor.fetchall()


def _start_at_zero(found: dict[str, Backlog]) -> None:
    """Write the offset of a store that a subscriber sees for the first time, so that it can be moved."""
    fresh = [
        Cursor(subscription_id=name, store=offset.store)
        for name, each in found.items()
        for offset in each.offsets
        if offset.at == 0
    ]
    if fresh:
        Cursor.objects.bulk_create(fresh, ignore_conflicts=True)


@dataclass
class Log:
    """A piece of the log: events by store, in sequence, and up to which sequence each store was read."""

    events: dict[str, list[Event]]
    read_to: dict[str, int]


def read_log(found: Iterable[Backlog], window: int = WINDOW) -> Log:
    """The log after the offsets of all of these; at most `window` sequences of each store. One query."""
    spans: dict[str, tuple[int, int]] = {}
    for offset in (offset for each in found for offset in each.offsets):
        after, upto = spans.get(offset.store, (offset.at, offset.head))
        spans[offset.store] = min(after, offset.at), max(upto, offset.head)
    rows = [(store, after, min(upto, after + window)) for store, (after, upto) in sorted(spans.items())]
    log = Log(defaultdict(list), {store: upto for store, _, upto in rows})
    if not rows:
        return log
    if connection.vendor == "sqlite":
        sql = _EVENTS["sqlite"].format(rows=", ".join(["(%s, %s, %s)"] * len(rows)))
        values: list = [value for row in rows for value in row]
    else:
        sql, values = _EVENTS["postgresql"], [*map(list, zip(*rows, strict=True)), window]
    for event in Event.objects.raw(sql, values):
        log.events[event.store].append(event)
    return log


def batches(subscriber: Subscriber, backlog: Backlog, log: Log) -> list[Batch]:
    """What is handed over next, store by store: single events, or as many at once as the subscriber takes.
    What it does not want is passed by. Each event says whether it is `replayed`."""
    size = min(subscriber.batch or 1, backlog.at_most or WINDOW)
    blocked = dead_letters.blocked_orders(subscriber.name) if backlog.retrying else set()
    found: list[Batch] = []
    for offset in backlog.offsets:
        batch = Batch(offset.store, offset.at, offset.at)
        found.append(batch)
        for event in log.events[offset.store]:
            if event.sequence <= offset.at or not subscriber.wants(event.type):
                continue
            if len(batch.events) == size:
                batch = Batch(offset.store, batch.to, batch.to)
                found.append(batch)
            event.replayed = event.sequence <= offset.replayed_to
            (batch.blocked if event.order in blocked else batch.events).append(event)
            batch.to = event.sequence
        batch.to = log.read_to[offset.store]
    return found
