"""The JSON API, as any client calls it: over HTTP, with a token, and an idempotency key for every change."""

import http.client
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from django.conf import settings

TIMEOUT_S = 20
_PATIENCE_S = 15
"""How long a bar that does not answer, or is busy, is asked again: it may be restarting."""
_REST_S = 0.5
_BUSY = (502, 503, 504)
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class NoAnswer(Exception):
    """The bar did not answer, several times."""


@dataclass(frozen=True)
class Answer:
    """The bar's answer. `replayed`: it had already handled this very request."""

    status: int
    body: dict = field(default_factory=dict)
    replayed: bool = False

    @property
    def ok(self) -> bool:
        """Whether the request succeeded."""
        return self.status < 300

    @property
    def code(self) -> str:
        """The code of the refusal, empty if there is none."""
        return "" if self.ok else str(self.body.get("code") or self.status)


class Api:
    """One bar. Each thread keeps its own connection; `timed` is told how long each answer took."""

    def __init__(self, url: str, timed: Callable[[str, float], None] = lambda _what, _seconds: None):
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path not in ("", "/"):
            raise ValueError(f"{url!r} is no address of a bar, such as http://127.0.0.1:8000.")
        self.url = url.rstrip("/")
        self._parts = parts
        self._timed = timed
        self._local = threading.local()

    def call(
        self, method: str, path: str, token: str, body=None, *, key: str = "", lose: bool = False
    ) -> Answer:
        """Send a request, again while nobody answers. With `lose` the request is sent and its answer
        discarded, as by a phone without signal. Raises NoAnswer."""
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        if settings.HTTPS and self._parts.hostname in _LOOPBACK:
            headers["X-Forwarded-Proto"] = "https"  # what a proxy in front of the bar would send
        sent = json.dumps(body if body is not None else {}) if method != "GET" else None
        if sent is not None:
            headers["Content-Type"] = "application/json"
        until = time.monotonic() + _PATIENCE_S
        while True:
            try:
                answer = self._once(method, f"/api/v1/{path}", sent, headers, lose=lose)
                if answer.status not in _BUSY or time.monotonic() > until:
                    return answer
                time.sleep(_REST_S)
            except (OSError, http.client.HTTPException) as error:
                self._hang_up()
                if time.monotonic() > until:
                    raise NoAnswer(f"{method} {path}: {error or type(error).__name__}") from None
                time.sleep(_REST_S)

    def _once(self, method: str, path: str, sent: str | None, headers: dict, *, lose: bool) -> Answer:
        began = time.perf_counter()
        line = self._line()
        line.request(method, path, sent, headers)
        if lose:
            self._hang_up()
            return Answer(0)
        response = line.getresponse()
        text = response.read()
        self._timed("change" if sent is not None else "look", time.perf_counter() - began)
        body = json.loads(text) if text and "json" in response.headers.get("Content-Type", "") else {}
        return Answer(response.status, body, response.headers.get("Idempotent-Replayed") == "true")

    def _line(self) -> http.client.HTTPConnection:
        line = getattr(self._local, "line", None)
        if line is None:
            secure = self._parts.scheme == "https"
            kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
            line = self._local.line = kind(self._parts.hostname or "", self._parts.port, timeout=TIMEOUT_S)
        return line

    def _hang_up(self) -> None:
        line, self._local.line = getattr(self._local, "line", None), None
        if line is not None:
            line.close()
