"""Who is notified of an event: from wishes to notices."""

from collections.abc import Sequence
from typing import Any

from serverlesspresso.extension_api import orders
from serverlesspresso.extension_api.bus import Event

from .models import Channel, Device, EmailNotice, Offer, PushNotice, SmsNotice, Wish
from .texts import Kind

_KINDS = {
    "OrderManager.OrderCompleted": Kind.READY,
    "OrderManager.OrderCancelled": Kind.CANCELLED,
    "OrderProcessor.OrderTimeOut": Kind.TIMED_OUT,
}
_NOTICES = (PushNotice, EmailNotice, SmsNotice)


def tell(events: Sequence[Event]) -> None:
    """Notify people of each event, if anybody at its store has agreed to be notified."""
    wished = set(
        Wish.objects.filter(store__in={event.store for event in events}).values_list("store", flat=True)
    )
    for event in events:
        if event.store in wished:
            _tell(event)


def _tell(event: Event) -> None:
    """Ask for a notice by each channel the owner agreed to. An owner who cancelled already knows."""
    owner = orders.owner(event.order or "")
    if owner is None or event.data.get("by") == "owner" or _told(event):
        return
    offer = Offer.of(event.store)
    for wish in Wish.objects.filter(user=owner.pk, store=event.store):
        if not getattr(offer, wish.channel):
            continue
        about: dict[str, Any] = {
            "store": event.store,
            "event": event,
            "order": event.order,
            "user": owner.pk,
            "kind": _KINDS[event.type],
            "language": wish.language,
        }
        if wish.channel == Channel.PUSH:
            for device in Device.objects.filter(user=owner.pk):
                PushNotice.ask(device=device, **about)
        else:
            (EmailNotice if wish.channel == Channel.EMAIL else SmsNotice).ask(**about)


def _told(event: Event) -> bool:
    """Whether this event was already announced and is now only replayed."""
    return any(model.objects.filter(event=event.pk).exists() for model in _NOTICES)
