"""Tickets hear when a drink is claimed."""

from serverlesspresso.extension_api.bus import subscribe

from . import requests


@subscribe("OrderManager.MakeOrder", name="tickets", start="now", batch=100, across=True)
def on_claim(events) -> None:
    """Ask every printer of the store for a ticket; they print outside of this transaction."""
    requests.for_claims([event for event in events if not event.data.get("take_over")])
