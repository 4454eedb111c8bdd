"""Subscriber to claims."""

from serverlesspresso.extension_api.bus import subscribe

from . import requests


@subscribe("OrderManager.MakeOrder", name="tickets", start="now", batch=100, across=True)
def on_claim(events) -> None:
    """Request a ticket on every printer of the store; they print outside this transaction."""
    requests.for_claims([event for event in events if not event.data.get("take_over")])
