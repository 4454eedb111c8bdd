"""Web Push: a message that only the browser can read (RFC 8291), from a server it knows (VAPID, RFC 8292)."""

import base64
import hashlib
import os
from functools import cache
from typing import TYPE_CHECKING

from django.apps import apps
from django.conf import settings
from django.core import checks
from django.db import DatabaseError

from serverlesspresso.extension_api import clock

if TYPE_CHECKING:
    from .models import Device

LASTS_S = 900
"""How long the push service keeps a message for a phone that is off, in seconds."""
ID = 16
"""How many characters of a public key identify it."""
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@cache
def _key(secret: str):
    """This installation's key, made from SECRET_KEY: the same in all processes, and stored nowhere."""
    from cryptography.hazmat.primitives.asymmetric import ec

    drawn = hashlib.sha512(b"serverlesspresso web push " + secret.encode()).digest()
    return ec.derive_private_key(int.from_bytes(drawn) % (_ORDER - 1) + 1, ec.SECP256R1())


class KeyIsGone(Exception):
    """The browser subscribed under a key that this installation no longer has, so nothing reaches it."""


def public_key(secret: str | None = None) -> str:
    """The public key that a browser subscribes under, in base64url."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    key = _key(secret or settings.SECRET_KEY).public_key()
    point = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(point).rstrip(b"=").decode()


def key_ids() -> dict[str, str]:
    """The signing secrets, by the id of the key made from each: the current one first, then those it
    replaces."""
    return {public_key(each)[:ID]: each for each in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)}


def _secret(device: "Device") -> str:
    """The secret that signs for this device. Devices from before keys were recorded have none, and get the
    current one."""
    try:
        return key_ids()[device.key] if device.key else settings.SECRET_KEY
    except KeyError:
        raise KeyIsGone("the browser subscribed under a key that is gone") from None


def check_devices(databases=None, **kwargs) -> list:
    """Check the database, at the start and by `manage.py check --database default`, for phones cut off by a
    new SECRET_KEY. Each is asked again when its owner opens the page of an order."""
    if not databases:
        return []
    try:
        lost = apps.get_model("notifications", "Device").objects.exclude(key__in=["", *key_ids()]).count()
    except DatabaseError:  # the table does not exist yet
        return []
    says = f"Phones that get no messages any more, for they signed up under another SECRET_KEY: {lost}."
    hint = "If you still have that key, give it as SECRET_KEY_FALLBACKS. Else their pages ask them again."
    return [checks.Warning(says, hint=hint, id="notifications.W001")] if lost else []


def message(device: "Device", text: bytes) -> tuple[bytes, dict[str, str]]:
    """Body and headers of a push. Raises KeyIsGone."""
    import http_ece
    from cryptography.hazmat.primitives.asymmetric import ec
    from py_vapid import Vapid02

    secret = _secret(device)
    body = http_ece.encrypt(
        text,
        salt=os.urandom(16),
        private_key=ec.generate_private_key(ec.SECP256R1()),
        dh=_decoded(device.p256dh),
        auth_secret=_decoded(device.auth),
        version="aes128gcm",
    )
    claims = {
        "aud": device.service,
        "exp": int(clock.now().timestamp()) + 12 * 3600,
        "sub": settings.PUBLIC_URL or f"mailto:{settings.DEFAULT_FROM_EMAIL}",
    }
    signed = Vapid02(private_key=_key(secret)).sign(claims)
    return body, {
        **signed,
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(LASTS_S),
        "Urgency": "high",
    }


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
