"""Subscriber to everything: requests a delivery to each endpoint that wants it."""

from serverlesspresso.extension_api.bus import subscribe

from . import dispatch


@subscribe("*", name="webhooks", start="now", batch=100, across=True)
def tell(events) -> None:
    """Request the deliveries; they are sent outside this transaction."""
    dispatch.tell(events)
