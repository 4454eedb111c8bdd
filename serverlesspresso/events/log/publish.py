"""Publisher: facts into the log, and on commit, once, hints to whoever watches.

`publish` is the only writer of the log. A hint to the screens carries the fact along, so that a screen that
has all before it need not ask; whoever misses one reads the log, so a lost hint costs a moment, never a fact.
"""

import datetime as dt

from django.db import connection, transaction

from serverlesspresso.core import clock, log_context
from serverlesspresso.core.db import rows
from serverlesspresso.core.db.prepared import PreparedValues
from serverlesspresso.core.failpoints import hit
from serverlesspresso.events import after_commit
from serverlesspresso.events.models import Event, Stream

from .registry import EVENT_TYPES

_NEXT = """
INSERT INTO events_stream (store, sequence, at) VALUES (%s, 1, %s)
ON CONFLICT (store) DO UPDATE SET sequence = events_stream.sequence + 1,
at = CASE WHEN events_stream.at > excluded.at THEN events_stream.at ELSE excluded.at END
RETURNING sequence, at
"""
_head = PreparedValues(lambda store: Stream.objects.filter(pk=store).values_list("sequence"))


def publish(type: str, *, store: str, order: str | None = None, version: int | None = None, at=None, **data):
    """Write one event of a defined type into the store's log; tell the screens on commit.

    Call it last in the transaction of the change: the head's row stays locked until the commit, which
    is what makes the sequence gapless. Its time is `at`, or now, but not before that of the event before
    it: who had to wait for the row took the time earlier. Raises KeyError for an undefined type, ValueError
    for data that is not what the catalogue says, TransactionManagementError outside a transaction.
    """
    kind = EVENT_TYPES[type]
    kind.check(data)
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("publish() belongs in the transaction of its change")
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, [store, connection.ops.adapt_datetimefield_value(at or clock.now())])
        sequence, at = cursor.fetchone()
    at = at.replace(tzinfo=dt.UTC)  # SQLite does not say so
    hit("event.numbered")
    event = rows.add(
        Event,
        store=store,
        sequence=sequence,
        type=type,
        schema_version=kind.version,
        order=order,
        order_version=version,
        data=data,
        at=at,
    )
    hit("event.written")
    log_context.add(store=store, order=order)
    _tell(store, order, event)
    return event


def notify_screens(store: str, order: str) -> None:
    """Tell the screens of one order that it changed in a way the log does not record."""
    _tell(store, order)


def notify_store_screens(store: str) -> None:
    """Tell the screens of a store that something changed that the log does not record, such as the drinks
    left on its code: screens that show it compare versions (`Topic.versions`)."""
    _tell(store, store)


def _tell(store: str, order: str | None, event: Event | None = None) -> None:
    def tell() -> None:
        hit("committed")
        if event:
            after_commit.schedule_delivery(event.type)
        after_commit.broadcast(store=store, order=order, fact=event.plain() if event else None)
        hit("hint.sent")

    transaction.on_commit(tell, robust=True)


def latest_sequence(store: str) -> int:
    """The sequence of the store's newest event, 0 when there is none."""
    return _head.first(store) or 0
