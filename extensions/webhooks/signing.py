"""Signatures of Standard Webhooks 1.0 (https://www.standardwebhooks.com): symmetric, HMAC-SHA256."""

import base64
import hashlib
import hmac
import secrets

PREFIX = "whsec_"
_BYTES = 32


def new_secret() -> str:
    """A fresh secret, as receivers' libraries want it: the prefix and base64."""
    return PREFIX + base64.b64encode(secrets.token_bytes(_BYTES)).decode()


def sign(secret: str, id: str, timestamp: int, body: bytes) -> str:
    """The signature of one attempt; `timestamp` is its moment, in seconds since 1970, UTC."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    said = b".".join((id.encode(), str(timestamp).encode(), body))
    return "v1," + base64.b64encode(hmac.new(key, said, hashlib.sha256).digest()).decode()
