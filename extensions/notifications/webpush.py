"""Web Push: a message only the browser can read (RFC 8291), from a server it knows (VAPID, RFC 8292)."""

import base64
import hashlib
import os
from functools import cache

from django.conf import settings

from serverlesspresso import clock

from .models import Device

LASTS_S = 900
"""The push service keeps a message so long for a phone that is off."""
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@cache
def _key(secret: str):
    """This installation's key, made from SECRET_KEY: the same in all processes, and kept nowhere else."""
    from cryptography.hazmat.primitives.asymmetric import ec

    drawn = hashlib.sha512(b"serverlesspresso web push " + secret.encode()).digest()
    return ec.derive_private_key(int.from_bytes(drawn) % (_ORDER - 1) + 1, ec.SECP256R1())


def public_key() -> str:
    """What a browser needs to know of this installation, base64url."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    point = _key(settings.SECRET_KEY).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(point).rstrip(b"=").decode()


def message(device: Device, text: bytes) -> tuple[bytes, dict[str, str]]:
    """Body and headers of a push."""
    import http_ece
    from cryptography.hazmat.primitives.asymmetric import ec
    from py_vapid import Vapid02

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
    signed = Vapid02(private_key=_key(settings.SECRET_KEY)).sign(claims)
    return body, {
        **signed,
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(LASTS_S),
        "Urgency": "high",
    }


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
