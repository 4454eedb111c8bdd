"""Text messages. SMS_BACKEND names a backend by its dotted path, SMS_OPTIONS are its arguments.

A backend is a class with `send(phone, text)`; it raises SmsError or OSError when the message did not go out.
"""

import json
import sys
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from serverlesspresso.core.terminal import lines, one_line


class SmsError(Exception):
    """The message was not accepted."""


class Backend(Protocol):
    """What a backend can do."""

    def send(self, phone: str, text: str) -> None:
        """Send a text to a phone (E.164)."""


class ConsoleBackend:
    """Writes messages to the console instead of sending them."""

    def send(self, phone: str, text: str) -> None:
        """Write it, with its address."""
        sys.stdout.write(f"SMS to {one_line(phone)}:\n{lines(text)}\n\n")
        sys.stdout.flush()


@dataclass(frozen=True)
class Sms:
    """A message that the memory backend has kept."""

    phone: str
    text: str


outbox: list[Sms] = []
"""What the memory backend "sent"."""


class MemoryBackend:
    """Keeps messages in `outbox`, for tests."""

    def send(self, phone: str, text: str) -> None:
        outbox.append(Sms(phone, text))


class HttpBackend:
    """Posts each message as JSON to a provider.

    `json` is the body, in which "{phone}" and "{text}" stand for the message, at any depth; `headers`
    carry the provider's key; `timeout` is in seconds.
    """

    def __init__(self, url: str, headers: Mapping[str, str] | None = None, json=None, timeout: float = 10):
        if not url.startswith(("https://", "http://")):
            raise ValueError("SMS_OPTIONS: url must begin with https:// or http://")
        self.url, self.headers, self.timeout = url, dict(headers or {}), timeout
        self.body = {"to": "{phone}", "text": "{text}"} if json is None else json

    def send(self, phone: str, text: str) -> None:
        """Post it. Raises OSError when the provider cannot be reached or refuses."""
        body = json.dumps(_filled(self.body, phone, text)).encode()
        headers = {"Content-Type": "application/json", **self.headers}
        request = urllib.request.Request(self.url, data=body, headers=headers)  # noqa: S310 (checked above)
        with urllib.request.urlopen(request, timeout=self.timeout) as answer:  # noqa: S310
            if not 200 <= answer.status < 300:
                raise SmsError(f"the provider answered {answer.status}")


def _filled(part, phone: str, text: str):
    if isinstance(part, str):
        # In one pass over the template: a text may itself contain "{phone}".
        return "".join({"{phone}": phone, "{text}": text}.get(piece, piece) for piece in _pieces(part))
    if isinstance(part, dict):
        return {key: _filled(value, phone, text) for key, value in part.items()}
    if isinstance(part, list):
        return [_filled(value, phone, text) for value in part]
    return part


def _pieces(template: str) -> list[str]:
    marked = template.replace("{phone}", "\0{phone}\0").replace("{text}", "\0{text}\0")
    return marked.split("\0")


def backend() -> Backend:
    """The backend of the settings. Raises TypeError or ValueError when SMS_OPTIONS do not fit it."""
    return import_string(settings.SMS_BACKEND)(**settings.SMS_OPTIONS)
