"""Retention: what is long handled leaves the log, a little at a time, so that nobody waits for it."""

import datetime as dt
from collections.abc import Iterator

from django.db.models import Min, Q

from serverlesspresso.events.models import Cursor, Event, Parked, Stream, Subscription

BATCH = 1000
"""So many events go in one short transaction, by index; the bar goes on meanwhile."""


def prune_events(before: dt.datetime) -> Iterator[int]:
    """Delete the events from before a time (UTC) that every subscriber has handled; yields how many so far.

    The newest event of a store stays, and so does whatever is parked, and all that follows it. A subscriber
    that is new later begins with what is left.
    """
    done = 0
    for store in Stream.objects.order_by("store").values_list("store", flat=True):
        upto = _handled(store, before)
        first = Event.objects.filter(store=store).aggregate(first=Min("sequence"))["first"]
        while first is not None and first <= upto:
            last = min(first + BATCH - 1, upto)
            done += Event.objects.filter(store=store, sequence__gte=first, sequence__lte=last).delete()[0]
            first = last + 1
            yield done


def _handled(store: str, before: dt.datetime) -> int:
    """The sequence up to which a store's log may go; 0 for none of it."""
    old = Event.objects.filter(store=store, at__lt=before).order_by("-sequence")
    last = old.values_list("sequence", flat=True).first() or 0
    newest = (
        Event.objects.filter(store=store).order_by("-sequence").values_list("sequence", flat=True).first()
    )
    places = Cursor.objects.filter(store=store).aggregate(least=Min("sequence"), seen=Min("subscription"))
    unseen = Subscription.objects.exclude(Q(cursors__store=store)).exists()
    if places["least"] is None or unseen:
        return 0
    parked = Parked.objects.filter(store=store).aggregate(first=Min("sequence"))["first"]
    return min(last, places["least"], (newest or 1) - 1, (parked or last + 1) - 1)
