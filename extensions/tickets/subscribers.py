"""Tickets hear when a drink is claimed."""

from serverlesspresso.events.subscribers import subscribe

from . import asking


@subscribe("OrderManager.MakeOrder", name="tickets", start="now")
def on_claim(event) -> None:
    """Ask every printer of the store for a ticket; they print outside of this transaction."""
    if not event.data.get("take_over"):
        asking.for_claim(event)
