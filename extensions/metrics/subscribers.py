"""Counts drinks made and orders ended, many events at a time."""

from collections import Counter
from collections.abc import Sequence

from serverlesspresso.extension_api.bus import Event, subscribe
from serverlesspresso.extension_api.stores import Store

from .models import Kind, Tally

COMPLETED, RECALLED = "OrderManager.OrderCompleted", "OrderManager.OrderRecalled"
COLLECTED, FINISHED = "OrderManager.OrderCollected", "OrderProcessor.OrderFinished"


def forget(store: str) -> None:
    """Forget what was counted at a store: its log is about to be counted anew."""
    Tally.objects.filter(store=store).delete()


@subscribe(COMPLETED, RECALLED, COLLECTED, FINISHED, name="metrics", batch=500, across=True, reset=forget)
def count(events: Sequence[Event]) -> None:
    """Add a batch to the tallies. Nothing else writes them meanwhile, so they are read, added to and
    written."""
    stores = Store.objects.in_bulk({event.store for event in events}, field_name="slug")
    new: Counter[tuple] = Counter()
    for event in events:
        if event.store in stores and (found := _counts(event)):
            at, kind, name, number = found
            new[event.store, stores[event.store].local_day(at.at), kind.value, name[:60]] += number
    if not new:
        return
    days = {day for _store, day, _kind, _name in new}
    for row in Tally.objects.filter(store__in=stores, day__in=days):
        key = (row.store, row.day, row.kind, row.name)
        if key in new:
            new[key] += row.count
    Tally.objects.bulk_create(
        [
            Tally(store=store, day=day, kind=kind, name=name, count=number)
            for (store, day, kind, name), number in new.items()
        ],
        update_conflicts=True,
        unique_fields=["store", "day", "kind", "name"],
        update_fields=["count"],
    )


def _counts(event: Event) -> tuple[Event, Kind, str, int] | None:
    """What an event adds: the event whose day counts, the kind, the name and the number; None for nothing."""
    if event.type == COMPLETED:
        return event, Kind.DRINKS, event.data.get("drink") or "", 1
    if event.type == RECALLED:  # takes the drink back from the day on which it was ready
        earlier = Event.objects.filter(order=event.order, type=COMPLETED, sequence__lt=event.sequence)
        made = earlier.order_by("sequence").last()
        return (made, Kind.DRINKS, made.data.get("drink") or "", -1) if made else None
    if event.type == COLLECTED:
        return event, Kind.ENDS, event.data.get("reason") or "collected", 1
    end = event.data.get("status") or "unknown"
    return None if end == "collected" else (event, Kind.ENDS, end, 1)
