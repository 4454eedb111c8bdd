"""Whether every subscriber got every event, and applied it once: asked of a bar that has come to rest."""

import time

_WAIT_S = 60


def problems(events: dict[str, list[dict]]) -> list[str]:
    """What is wrong, given each store's whole log: who is behind after a minute, what was not taken, and
    whose books are not what the log says."""
    from django.apps import apps

    wrong = _behind() + _parked()
    if apps.is_installed("extensions.metrics"):
        wrong += _counted(events)
    if apps.is_installed("extensions.journey"):
        wrong += _noted(events)
    return wrong


def _behind() -> list[str]:
    from serverlesspresso.events.delivery import offsets
    from serverlesspresso.events.delivery.subscribers import all_subscribers

    names = [each.name for each in all_subscribers()]
    until = time.monotonic() + _WAIT_S
    while True:
        late = {name: lag.events for name, lag in offsets.lag(names).items() if lag.events}
        if not late or time.monotonic() > until:
            return [f"{name} is {number} events behind" for name, number in late.items()]
        time.sleep(0.5)


def _parked() -> list[str]:
    from serverlesspresso.events.models import Parked

    return [f"{row} was not taken: {row.reason}" for row in Parked.objects.all()]


def _counted(events: dict[str, list[dict]]) -> list[str]:
    """Metrics adds up, so an event that was applied twice, or never, shows in a sum. An order ends once."""
    from django.db.models import Sum

    from extensions.metrics.models import Tally

    wrong = []
    for store, log in events.items():
        told = sum(event["type"] == "OrderProcessor.OrderFinished" for event in log)
        counted = Tally.objects.filter(store=store, kind="ends").aggregate(sum=Sum("count"))["sum"] or 0
        if told != counted:
            wrong.append(f"metrics counted {counted} ends of orders at {store}, the log has {told}")
    return wrong


def _noted(events: dict[str, list[dict]]) -> list[str]:
    """Journey keeps a row for each event of an order."""
    from extensions.journey.models import Step

    wrong = []
    for store, log in events.items():
        told = {event["sequence"] for event in log if event["order"]}
        noted = set(Step.objects.filter(store=store).values_list("sequence", flat=True))
        if told != noted:
            wrong.append(f"journey and the log of {store} differ in {sorted(told ^ noted)[:20]}")
    return wrong
