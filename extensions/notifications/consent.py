"""How somebody can be notified, agrees to it and withdraws."""

import json
from dataclasses import dataclass

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from serverlesspresso.extension_api import clock
from serverlesspresso.extension_api.errors import Invalid, invalid_field
from serverlesspresso.extension_api.network import safe_http
from serverlesspresso.extension_api.orders import OrderView
from serverlesspresso.extension_api.people import User

from . import webpush
from .models import Channel, Device, Offer, Wish

DEVICES = 10
"""Browsers woken for one person, at most; the oldest goes."""


@dataclass(frozen=True)
class Choice:
    """A channel as the page offers it; `where` is the address, `on` whether they agreed and can be reached,
    `lapsed` whether they agreed and no longer can."""

    channel: Channel
    label: str
    where: str
    on: bool
    lapsed: bool = False


def choices(store: str, owner: User | None) -> list[Choice]:
    """The channels that the store of this short name offers and that reach this person."""
    if owner is None:
        return []
    offer = Offer.of(store)
    agreed = set(Wish.objects.filter(user=owner.pk, store=store).values_list("channel", flat=True))
    ways = (
        (Channel.PUSH, offer.push, " "),
        (Channel.EMAIL, offer.email, owner.email),
        (Channel.SMS, offer.sms, owner.phone),
    )
    lapsed = Channel.PUSH in agreed and not _reached(owner)
    return [
        Choice(
            channel,
            str(channel.label),
            (where or "").strip(),
            on=channel in agreed and not (lapsed and channel == Channel.PUSH),
            lapsed=lapsed and channel == Channel.PUSH,
        )
        for channel, offered, where in ways
        if offered and where
    ]


def _reached(owner: User) -> bool:
    """Whether one of their browsers subscribed under a key that this installation still has."""
    return Device.objects.filter(user=owner.pk, key__in=["", *webpush.key_ids()]).exists()


def shown(order_id: str, store: str, owner: User | None) -> dict:
    """What `_ask.html` shows under an order."""
    offered = choices(store, owner)
    return {"order_id": order_id, "choices": offered, "key": webpush.public_key() if offered else ""}


def agree(order: OrderView, owner: User, channel: str, subscription: str = "") -> None:
    """Notify this person by this channel at this store from now on. Raises Invalid for a channel that is not
    offered."""
    if channel not in {choice.channel for choice in choices(order.store.slug, owner)}:
        raise Invalid(
            _("This kind of notification is not available here. Choose another way."),
            code="invalid",
            errors={},
        )
    if channel == Channel.PUSH:
        _keep(owner, subscription)
    Wish.objects.update_or_create(
        user=owner.pk,
        store=order.store.slug,
        channel=channel,
        defaults={"language": get_language() or "en", "agreed_at": clock.now()},
    )


def take_back(order: OrderView, owner: User, channel: str) -> None:
    Wish.objects.filter(user=owner.pk, store=order.store.slug, channel=channel).delete()
    if channel == Channel.PUSH and not Wish.objects.filter(user=owner.pk, channel=channel).exists():
        Device.objects.filter(user=owner.pk).delete()


def _keep(owner: User, subscription: str) -> None:
    device = _device(subscription)
    Device.objects.update_or_create(
        endpoint=device.endpoint,
        defaults={"user": owner.pk, "p256dh": device.p256dh, "auth": device.auth, "key": device.key},
    )
    newest = Device.objects.filter(user=owner.pk).order_by("-pk").values_list("pk", flat=True)[:DEVICES]
    Device.objects.filter(user=owner.pk).exclude(pk__in=list(newest)).delete()


def _device(subscription: str) -> Device:
    """The subscription from the browser's push manager; it comes from outside, so it may be anything. The
    page adds the key it knew, because a page opened before the key changed subscribes under the old one."""
    try:
        told = json.loads(subscription)
        key = told.get("key", webpush.public_key())[: webpush.ID]
        if key not in webpush.key_ids():
            text = _("This page is out of date. Reload it and try again.")
            raise invalid_field("subscription", text)
        keys = told["keys"]
        device = Device(endpoint=told["endpoint"], p256dh=keys["p256dh"], auth=keys["auth"], key=key)
        device.clean_fields(exclude=["user"])
        safe_http.check(device.endpoint)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        text = _("We could not get an address for notifications on this device. Please try again.")
        raise invalid_field("subscription", text) from error
    return device
