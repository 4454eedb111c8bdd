"""What tests of the bus share: a subscriber for as long as a test, and events to tell it of."""

import threading
from contextlib import contextmanager

from django.db import connection, transaction

from serverlesspresso.events.delivery import dispatcher, isolation, subscribers
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


def deliver(names: list[str] | None = None) -> None:
    """Hand over all there is, as the tasks do it, however slow the machine; only to these, if named."""
    for name in dispatcher.dispatch() if names is None else names:
        serve(name)


def serve(name: str) -> None:
    """Serve one subscriber by itself: a call gives up after a while, and is repeated."""
    while isolation.serve(name):
        pass


class Aside:
    """Runs something in a thread with a connection of its own."""

    def __init__(self, act, *args):
        self.error = None
        self.thread = threading.Thread(target=self._run, args=(act, *args))
        self.thread.start()

    def _run(self, act, *args):
        try:
            act(*args)
        except Exception as error:
            self.error = error
        finally:
            connection.close()

    def ended(self, seconds=20) -> bool:
        self.thread.join(seconds)
        return not self.thread.is_alive()


class Notes:
    """A handler that writes down what it got, and fails with what it is told to."""

    def __init__(self, *bad):
        self.bad, self.calls, self.got = set(bad), [], []

    def __call__(self, given):
        events = given if isinstance(given, list) else [given]
        self.calls.append([event.sequence for event in events])
        for event in events:
            if event.sequence in self.bad:
                raise ValueError(f"cannot take {event.sequence}")
        transaction.on_commit(lambda: self.got.extend(event.sequence for event in events))
