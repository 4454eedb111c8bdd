"""One POST to an address somebody typed in: no redirects, no private addresses, no answer read to the end.

The name is looked up once, its addresses are checked, and the connection goes to the one that was checked: a
name that changes its mind in between gains nothing.
"""

import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

CONNECT_S, TOTAL_S = 5, 15
"""Standard Webhooks asks for 15 to 30 seconds; a task here may take 20."""


class Unusable(ValueError):
    """An address nothing is sent to; says why."""


class Unreachable(OSError):
    """Surely nothing was sent: nobody took the connection."""


@dataclass(frozen=True)
class Answer:
    """What came back: the status, and after how many seconds to come again if it says so."""

    status: int
    retry_after: float


@dataclass(frozen=True)
class _Target:
    secure: bool
    host: str
    port: int
    path: str


def allowed_hosts() -> set[str]:
    """Hosts that may be private or speak plain http (the setting PRIVATE_HOSTS)."""
    return {name.lower() for name in settings.PRIVATE_HOSTS}


def check(url: str) -> None:
    """Raise Unusable for an address nothing would ever be sent to. Looks nothing up."""
    _target(url)


def _target(url: str) -> _Target:
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        raise Unusable(_("That is no address. It must be like https://example.org/hooks.")) from None
    if parts.scheme not in ("https", "http") or not host or parts.username or parts.password:
        raise Unusable(_("That is no address. It must be like https://example.org/hooks."))
    if any(ord(letter) < 33 or ord(letter) > 126 for letter in url):
        raise Unusable(_("An address has neither spaces nor letters with accents."))
    if parts.scheme == "http" and host not in allowed_hosts():
        raise Unusable(_("The address must begin with https://: what is sent is nobody else’s business."))
    secure = parts.scheme == "https"
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return _Target(secure, host, port or (443 if secure else 80), path)


def post(url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Send a body. Raises Unusable or Unreachable when surely nothing was sent, OSError or HTTPException when
    nobody knows."""
    target = _target(url)
    connection = _connect(target)
    alarm = threading.Timer(TOTAL_S, _hang_up, [connection])
    alarm.daemon = True
    alarm.start()
    try:
        connection.request("POST", target.path, body, dict(headers))
        answer = connection.getresponse()
        return Answer(answer.status, _seconds(answer.getheader("Retry-After")))
    finally:
        alarm.cancel()
        connection.close()


def _connect(target: _Target) -> http.client.HTTPConnection:
    address = _look_up(target)
    connection = http.client.HTTPConnection(target.host, target.port, timeout=TOTAL_S)
    try:
        raw = socket.create_connection((address, target.port), timeout=CONNECT_S)
        if target.secure:
            raw = ssl.create_default_context().wrap_socket(raw, server_hostname=target.host)
    except OSError as error:
        raise Unreachable(str(error)) from error
    raw.settimeout(TOTAL_S)
    connection.sock = raw
    connection.auto_open = 0  # never to another address by itself
    return connection


def _look_up(target: _Target) -> str:
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unreachable(_("The name %(host)s is not known.") % {"host": target.host}) from error
    addresses = [str(each[4][0]) for each in found]
    if target.host not in allowed_hosts() and not all(_is_public(each) for each in addresses):
        raise Unusable(_("%(host)s is a private address; nothing is sent there.") % {"host": target.host})
    return addresses[0]


def _is_public(address: str) -> bool:
    found = ipaddress.ip_address(address.split("%", maxsplit=1)[0])
    mapped = getattr(found, "ipv4_mapped", None) or getattr(found, "sixtofour", None) or found
    return mapped.is_global and not mapped.is_multicast


def _hang_up(connection: http.client.HTTPConnection) -> None:
    try:
        connection.sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # it was over already


def _seconds(text: str | None) -> float:
    return min(float(text), 86_400) if text and text.strip().isdecimal() else 0
