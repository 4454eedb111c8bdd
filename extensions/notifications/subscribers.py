"""Subscriber to what a customer wants to know at once."""

from serverlesspresso.extension_api.bus import subscribe

from . import dispatch


@subscribe(
    "OrderManager.OrderCompleted",
    "OrderManager.OrderCancelled",
    "OrderProcessor.OrderTimeOut",
    name="notifications",
    start="now",
    batch=100,
    across=True,
)
def tell(events) -> None:
    """Ask for the notices; they are sent outside this transaction, and not repeated."""
    dispatch.tell(events)
