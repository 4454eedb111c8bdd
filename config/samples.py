"""What `/metrics` reports about the stores' logs, read from the database on request."""

from serverlesspresso.core.metrics import Figure
from serverlesspresso.events.models import Stream

from .models import Store


def samples() -> list[Figure]:
    """How long the log of each store is."""
    heads = Stream.objects.filter(
        store__in=Store.objects.filter(archived_at=None).values("slug")
    ).values_list("store", "sequence")
    return [
        ("serverlesspresso_event_head", "The newest event's place in the store's log.", {"store": store}, at)
        for store, at in heads
    ]
