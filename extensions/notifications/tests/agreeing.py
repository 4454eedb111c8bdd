"""What tests of notifications share: how somebody agrees to be told."""

import base64
import json

from extensions.notifications import consent
from orders import public


def text_of(value: bytes) -> str:
    """Bytes as browsers write them."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def subscription(browser, endpoint="https://push.example.org/abc") -> str:
    """What a browser gives to be reached by."""
    _key, point, auth = browser
    return json.dumps({"endpoint": endpoint, "keys": {"p256dh": text_of(point), "auth": text_of(auth)}})


def view(order) -> public.OrderView:
    """The order as its owner sees it."""
    return public.look(order.pk, staff=False)


def agree(order, channel="email", **kwargs) -> None:
    """The owner agrees to be told."""
    consent.agree(view(order), order.customer, channel, **kwargs)
