"""How far each subscriber is in each store's log: moved, measured, paused, resumed and set back."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection, transaction
from django.utils.dateparse import parse_datetime

from serverlesspresso.core import clock
from serverlesspresso.events.models import Cursor, Event, Parked, Stream, Subscription

from .subscribers import Subscriber, all_subscribers, subscriber


@transaction.atomic
def register(new: Subscriber) -> None:
    """Make a subscriber known whose name is seen for the first time. It starts at the beginning of each log,
    or with what happens from now on."""
    _, created = Subscription.objects.get_or_create(pk=new.name, defaults={"created_at": clock.now()})
    if created and new.start == "now":
        Cursor.objects.bulk_create(
            Cursor(subscription_id=new.name, store=store, sequence=head)
            for store, head in Stream.objects.values_list("store", "sequence")
        )


def register_all(**_) -> None:
    """Make every installed subscriber known. After migrations, so that "now" is before the bar opens."""
    if Subscription._meta.db_table not in connection.introspection.table_names():
        return  # the migrations went back
    known = set(Subscription.objects.values_list("pk", flat=True))
    for each in all_subscribers():
        if each.name not in known:
            register(each)


def advance(name: str, moves: dict[str, tuple[int, int]]) -> bool:
    """Move a subscriber's offsets, {store: (from, to)}; False if one was not where it was. Then the
    transaction in which this is called must be undone."""
    return advance_all({name: moves}) == len(moves)


def advance_all(moves: dict[str, dict[str, tuple[int, int]]]) -> int:
    """The same for several subscribers, by name, in one statement; how many offsets were moved."""
    rows = [(name, store, *step) for name, steps in sorted(moves.items()) for store, step in steps.items()]
    if not rows:
        return 0
    if connection.vendor == "sqlite":
        table = f"(VALUES {', '.join(['(%s, %s, %s, %s)'] * len(rows))}) AS moved"
        values: list = [value for row in rows for value in row]
    else:
        table = (
            "unnest(%s::text[], %s::text[], %s::bigint[], %s::bigint[])"
            " AS moved (column1, column2, column3, column4)"
        )
        values = [list(column) for column in zip(*rows, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE events_cursor SET sequence = moved.column4 FROM {table} WHERE subscription_id = column1"  # noqa: S608
            " AND store = moved.column2 AND sequence = moved.column3",
            values,
        )
        return cursor.rowcount


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
