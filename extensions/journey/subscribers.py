"""Subscriber to everything that happens to an order."""

from serverlesspresso.extension_api.bus import notify_screens, subscribe

from . import topics
from .models import Step


@subscribe("Validator.*", "OrderManager.*", "OrderProcessor.*", name="journey", batch=500, across=True)
def note(events) -> None:
    """Keep each step, and notify whoever watches the journey."""
    told = [event for event in events if event.order]
    steps = (
        Step(store=e.store, sequence=e.sequence, order=e.order, type=e.type, data=e.data, at=e.at)
        for e in told
    )
    Step.objects.bulk_create(steps, ignore_conflicts=True)  # a replay finds what it wrote before
    for order, store in {event.order: event.store for event in told}.items():
        notify_screens(store, topics.screen(order))
