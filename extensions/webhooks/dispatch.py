"""Which endpoint gets which event: from events to deliveries."""

import uuid
from collections.abc import Sequence

from django.db.models import F

from serverlesspresso.extension_api import clock
from serverlesspresso.extension_api.bus import Event, message

from .models import Delivery, Endpoint

TEST = "Webhooks.Test"
"""The type of the test button's message; it is in no log."""


def tell(events: Sequence[Event]) -> None:
    """Request the deliveries of a batch of events. Nothing is requested twice."""
    stores = {event.store for event in events}
    theirs = Endpoint.objects.filter(store__slug__in=stores, is_on=True)
    endpoints = list(theirs.annotate(of=F("store__slug")))
    if not endpoints:
        return
    ids = [event.pk for event in events]
    told = set(
        Delivery.objects.filter(endpoint__in=endpoints, event__in=ids).values_list("endpoint", "event")
    )
    for event in events:
        for endpoint in endpoints:
            mine = endpoint.of == event.store and endpoint.wants(event.type)
            if mine and (endpoint.pk, event.pk) not in told:
                Delivery.ask(
                    store=event.store, event=event, endpoint=endpoint, type=event.type, body=message(event)
                )


def test(endpoint: Endpoint) -> Delivery:
    """Send an endpoint something harmless, so that its owner sees it arrive."""
    envelope = {
        "specversion": "1.0",
        "id": str(uuid.uuid4()),
        "source": f"/stores/{endpoint.store.slug}",
        "type": TEST,
        "time": clock.text(clock.now()),
        "datacontenttype": "application/json",
        "data": {"text": "Your coffee is ready."},
    }
    return Delivery.ask(store=endpoint.store.slug, endpoint=endpoint, type=TEST, body=envelope)
