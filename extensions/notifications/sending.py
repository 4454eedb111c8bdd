"""Send one notice, by the order's current state, to where its owner can be reached now."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.db import close_old_connections
from django.urls import reverse
from django.utils import translation

from serverlesspresso.extension_api import orders
from serverlesspresso.extension_api.messages import SmsError, backend, check_mail, check_sms
from serverlesspresso.extension_api.network import absolute_url, safe_http
from serverlesspresso.extension_api.outbox import DeliveryFailed
from serverlesspresso.extension_api.people import User

from . import texts, webpush

if TYPE_CHECKING:  # the models import this module
    from .models import Notice, PushNotice


def push(notice: "PushNotice") -> None:
    """Wake the browser. A device that is gone or unreachable is forgotten: the order's page then says so, and
    asks for another."""
    text, link = _text(notice)
    message = json.dumps({"title": text.title, "body": text.body, "url": link, "tag": notice.order})
    device = notice.device
    devices = type(device).objects.filter(pk=device.pk)
    try:
        answer = safe_http.post(device.endpoint, *webpush.message(device, message.encode()))
    except webpush.KeyIsGone as problem:
        devices.delete()
        raise DeliveryFailed(str(problem), final=True) from problem
    except safe_http.Unusable as problem:
        raise DeliveryFailed(str(problem), final=True) from problem
    except safe_http.Unreachable as problem:
        raise DeliveryFailed(str(problem)) from problem
    if answer.status in (404, 410):
        devices.delete()
        raise DeliveryFailed("the browser is gone", final=True)
    if not 200 <= answer.status < 300:
        raise DeliveryFailed(f"the push service answered {answer.status}")
    if not device.key:  # it was accepted, so this is the key
        devices.update(key=next(iter(webpush.key_ids())))


def email(notice: "Notice") -> None:
    """Send it to the owner's address."""
    owner = _owner(notice)
    if not owner.email:
        raise DeliveryFailed("there is no address any more", final=True)
    text, link = _text(notice)
    _admit(check_mail)
    close_old_connections()  # others can use the database connection while we wait
    send_mail(text.title, f"{text.body}\n\n{link}\n", settings.DEFAULT_FROM_EMAIL, [owner.email])


def sms(notice: "Notice") -> None:
    """Send it to the owner's phone."""
    owner = _owner(notice)
    if not owner.phone:
        raise DeliveryFailed("there is no phone any more", final=True)
    text, _link = _text(notice)
    _admit(check_sms, str(owner.phone))
    close_old_connections()
    try:
        backend().send(str(owner.phone), f"{text.title}. {text.body}")
    except SmsError as problem:
        raise DeliveryFailed(str(problem)) from problem


def _admit(check: Callable[..., None], *what: str) -> None:
    try:
        check(*what)
    except ValidationError as problem:
        raise DeliveryFailed(" ".join(problem.messages), final=True) from problem


def _owner(notice: "Notice") -> User:
    owner = orders.owner(notice.order)
    if owner is None:
        raise DeliveryFailed("the customer is gone", final=True)
    return owner


def _text(notice: "Notice") -> tuple[texts.Text, str]:
    with translation.override(notice.language):
        try:
            text = texts.of(notice.kind, orders.look(notice.order, staff=False))
        except orders.Unknown:
            raise DeliveryFailed("the order is gone", final=True) from None
    return text, absolute_url(reverse("orders:order", args=[notice.order]))
