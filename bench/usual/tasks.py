"""What happens after a click: screens are told, subscribers write."""

from asgiref.sync import async_to_sync
from celery import shared_task
from channels.layers import get_channel_layer
from django.conf import settings

from .models import Event, Note


@shared_task
def tell(event_id: int) -> None:
    """Tell the groups of the store's screens and of the order, and hand the event to each subscriber."""
    event = Event.objects.select_related("order__store").get(pk=event_id)
    send = async_to_sync(get_channel_layer().group_send)
    message = {"type": "order.changed", "order": event.order_id}
    for group in (
        f"barista-{event.order.store.slug}",
        f"display-{event.order.store.slug}",
        f"order-{event.order_id}",
    ):
        send(group, message)
    for number in range(settings.SUBSCRIBERS):
        handle.delay(f"subscriber-{number}", event_id)


@shared_task
def handle(subscriber: str, event_id: int) -> None:
    """One subscriber: a row for each event."""
    event = Event.objects.select_related("order").get(pk=event_id)
    Note.objects.get_or_create(
        subscriber=subscriber, event=event, defaults={"text": f"{event.kind} {event.order.number}"}
    )
