"""Metrics hears what happens to orders, many events at a time."""

from serverlesspresso.events.delivery.subscribers import subscribe

from . import counting


@subscribe(
    *counting.COUNTED,
    name="metrics",
    batch=500,
    reset=counting.forget,
    across=True,
)
def count(events) -> None:
    """Count them."""
    counting.count(events)
