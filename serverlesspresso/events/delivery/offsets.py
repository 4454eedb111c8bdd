"""How far each subscriber is in each store's log; pause, resume, replay."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db import connection, transaction
from django.utils.dateparse import parse_datetime

from serverlesspresso.core import clock
from serverlesspresso.events.models import Cursor, Event, Parked, Stream, Subscription

from . import tables
from .subscribers import Subscriber, all_subscribers, subscriber

_WORK = """
SELECT s.name, s.at_most, s.paused_at IS NULL AND EXISTS (
  SELECT 1 FROM events_parked p WHERE p.subscription_id = s.name AND p.dead_at IS NULL
), NULL, 0, 0, 0
FROM events_subscription s WHERE s.name IN ({names})
UNION ALL
SELECT s.name, s.at_most, FALSE, l.store, c.sequence, l.sequence, c.replayed_to
FROM events_subscription s CROSS JOIN events_stream l
LEFT JOIN events_cursor c ON c.subscription_id = s.name AND c.store = l.store
WHERE s.name IN ({names}) AND s.paused_at IS NULL AND (c.sequence IS NULL OR c.sequence < l.sequence)
"""
"""A row for each subscriber, and one for each log that it is behind in."""


@dataclass(frozen=True)
class Place:
    """A store's log, as a subscriber sees it: handled up to `at`, told up to `head`."""

    store: str
    at: int
    head: int
    replayed_to: int = 0


@dataclass
class Work:
    """What there is for one subscriber: the logs it is behind in, and whether anything is parked."""

    places: list[Place] = field(default_factory=list)
    parked: bool = False
    at_most: int | None = None


def work(subscribers: Iterable[Subscriber]) -> dict[str, Work]:
    """What there is to do, by subscriber; nothing for one that is paused or has nothing. One query."""
    wanted = {each.name: each for each in subscribers}
    if not wanted:
        return {}
    rows = _asked(list(wanted))
    new = wanted.keys() - {row[0] for row in rows}
    for name in new:
        _see(wanted[name])
    if new:
        rows = _asked(list(wanted))
    found: dict[str, Work] = defaultdict(Work)
    for name, at_most, parked, store, at, head, replayed in rows:
        if store is not None:
            found[name].places.append(Place(store, at or 0, head, replayed or 0))
            found[name].at_most = at_most
        elif parked:
            found[name].parked, found[name].at_most = True, at_most
    _begin_at_zero(found)
    return dict(found)


def _asked(names: list[str]) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(_WORK.format(names=", ".join(["%s"] * len(names))), [*names, *names])
        return cursor.fetchall()


def _begin_at_zero(found: dict[str, Work]) -> None:
    """A store that a subscriber sees for the first time: its place is noted, to be moved from there."""
    fresh = [
        Cursor(subscription_id=name, store=place.store)
        for name, each in found.items()
        for place in each.places
        if place.at == 0
    ]
    if fresh:
        Cursor.objects.bulk_create(fresh, ignore_conflicts=True)


@transaction.atomic
def _see(new: Subscriber) -> None:
    """The first time that a name is seen: it starts with what is, or at the beginning."""
    _, created = Subscription.objects.get_or_create(pk=new.name, defaults={"created_at": clock.now()})
    if created and new.start == "now":
        Cursor.objects.bulk_create(
            Cursor(subscription_id=new.name, store=store, sequence=head)
            for store, head in Stream.objects.values_list("store", "sequence")
        )


def see_all(**_) -> None:
    """Make every installed subscriber known. After migrations, so that "now" is before the bar opens."""
    if Subscription._meta.db_table not in connection.introspection.table_names():
        return  # the migrations went back
    known = set(Subscription.objects.values_list("pk", flat=True))
    for each in all_subscribers():
        if each.name not in known:
            _see(each)


_MOVE = """
UPDATE events_cursor SET sequence = moved.column4 FROM {moved}
WHERE subscription_id = moved.column1 AND store = moved.column2 AND sequence = moved.column3
"""
"""By subscriber, store, from and to."""


def move(name: str, moves: dict[str, tuple[int, int]]) -> bool:
    """Move a subscriber's places, {store: (from, to)}; False if one was not where it was. Then the
    transaction in which this is called must be undone."""
    return move_all({name: moves})


def move_all(moves: dict[str, dict[str, tuple[int, int]]]) -> bool:
    """The same for several subscribers, by name, in one statement."""
    rows = [(name, store, *step) for name, places in sorted(moves.items()) for store, step in places.items()]
    if not rows:
        return True
    moved, values = tables.of(rows, "moved", "text", "text", "bigint", "bigint")
    with connection.cursor() as cursor:
        cursor.execute(_MOVE.format(moved=moved), values)
        return cursor.rowcount == len(rows)


# -- how far behind -------------------------------------------------------------------------------

_LAG = """
SELECT s.name, SUM(l.sequence - COALESCE(c.sequence, 0)), MIN(e.at)
FROM events_subscription s CROSS JOIN events_stream l
LEFT JOIN events_cursor c ON c.subscription_id = s.name AND c.store = l.store
LEFT JOIN events_event e ON e.store = l.store AND e.sequence = COALESCE(c.sequence, 0) + 1
WHERE s.name IN ({}) GROUP BY s.name
"""


@dataclass(frozen=True)
class Lag:
    """How far behind a subscriber is: in events, and since when (UTC) the first of them waits."""

    events: int = 0
    since: dt.datetime | None = None


def lag(names: Iterable[str]) -> dict[str, Lag]:
    """How far behind these are, paused or not: one query, by index."""
    wanted = list(names)
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_LAG.format(", ".join(["%s"] * len(wanted))), wanted)
        rows = cursor.fetchall()
    found = {name: Lag(int(behind), _moment(at)) for name, behind, at in rows}
    return {name: found.get(name, Lag()) for name in wanted}


def _moment(at) -> dt.datetime | None:
    """SQLite's answer to MIN is a text, in UTC."""
    return parse_datetime(f"{at}+00:00") if isinstance(at, str) else at


# -- what the admin offers -------------------------------------------------------------------------


def pause(name: str) -> None:
    """Hand over nothing more; what comes meanwhile waits in the log."""
    Subscription.objects.filter(pk=name, paused_at=None).update(paused_at=clock.now())


def resume(name: str) -> None:
    """Go on where it was paused."""
    Subscription.objects.filter(pk=name).update(paused_at=None)


@transaction.atomic
def replay(name: str, *, store: str = "", sequence: int = 1, since: dt.datetime | None = None) -> int:
    """Hand over again what a subscriber had, from a sequence on or from a time (UTC), of one store or of all.

    Returns how many events that are, of whatever type. They come marked `replayed`. Where it is the whole log
    of a store, the subscriber is first told to forget what it counted (`reset`). What is parked from there
    on comes with the rest.
    """
    again = 0
    cursors = Cursor.objects.select_for_update().filter(subscription=name)
    for cursor in cursors.filter(store=store) if store else cursors:
        start = sequence - 1 if since is None else _before(cursor.store, since)
        if start >= cursor.sequence:
            continue
        again += cursor.sequence - start
        cursor.replayed_to = max(cursor.replayed_to, cursor.sequence)
        cursor.sequence = max(start, 0)
        cursor.save(update_fields=["sequence", "replayed_to"])
        parked = Parked.objects.filter(subscription=name, store=cursor.store, sequence__gt=cursor.sequence)
        parked.delete()
        known = subscriber(name)
        if cursor.sequence == 0 and known and known.reset:
            known.reset(cursor.store)
    return again


def _before(store: str, since: dt.datetime) -> int:
    """The sequence of the last event before a time; 0 if there is none."""
    last = (
        Event.objects.filter(store=store, at__lt=since)
        .order_by("-sequence")
        .values_list("sequence", flat=True)
    )
    return last.first() or 0
