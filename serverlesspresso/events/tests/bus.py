"""What tests of the bus share: a subscriber for as long as a test, and events to tell it of."""

from contextlib import contextmanager

from django.db import transaction

from serverlesspresso.events.delivery import pump, subscribers
from serverlesspresso.events.log.publish import publish

CHANGED = "ConfigService.ConfigChanged"
FINISHED = "OrderProcessor.OrderFinished"
MADE = "OrderManager.UnmakeOrder"


@contextmanager
def subscribed(handler, *patterns, name="test", **options):
    """A function is a subscriber, until the end of this."""
    subscribers.subscribe(*(patterns or ("*",)), name=name, **options)(handler)
    try:
        yield
    finally:
        subscribers.forget(name)


def tell(number=1, store="ABC", order=None):
    """So many facts about a store, or about one of its orders."""
    told = []
    for _ in range(number):
        with transaction.atomic():
            if order:
                told.append(publish(MADE, store=store, order=order, number=1, reason="released"))
            else:
                told.append(publish(CHANGED, store=store, what="store", open=True, paused=False))
    return told


def deliver(names=None) -> None:
    """Hand over all there is, however slow the machine: a call gives up after a while, and is repeated."""
    while names := pump.deliver(names):
        pass
