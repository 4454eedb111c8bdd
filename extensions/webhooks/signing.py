"""Secrets of Standard Webhooks 1.0 (https://www.standardwebhooks.com); `standardwebhooks` signs with them."""

import base64
import secrets

_BYTES = 32


def new_secret() -> str:
    """A new secret, as receivers' libraries expect it: the prefix and base64."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(_BYTES)).decode()
