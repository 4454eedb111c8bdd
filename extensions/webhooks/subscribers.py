"""Webhooks hear everything, and ask for a delivery to each endpoint that wants it."""

from serverlesspresso.events.subscribers import subscribe

from . import telling


@subscribe("*", name="webhooks", start="now", batch=100, across=True)
def tell(events) -> None:
    """Ask for the deliveries; they are sent outside of this transaction."""
    telling.tell(events)
