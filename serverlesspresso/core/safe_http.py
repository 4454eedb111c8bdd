"""Connections to addresses somebody typed in, and one POST: no redirects, no answer read to the end.

`destinations` says where nothing is sent. Whoever typed an address is told that it was not reached, not why:
that would tell them what listens where.
"""

import datetime as dt
import http.client
import logging
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from django.db import close_old_connections
from django.utils.translation import gettext as _

from . import clock, destinations

logger = logging.getLogger(__name__)

CONNECT_S, TOTAL_S = 5, 15
"""Standard Webhooks asks for 15 to 30 seconds; a task here may take 20."""
_LONGEST_WAIT_S = 86_400


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


def check(url: str) -> None:
    """Raise Unusable for an address nothing would ever be sent to. Looks nothing up."""
    _target(url)


def _target(url: str) -> _Target:
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        raise Unusable(
            _("That is not a valid address. It should look like https://example.org/hooks.")
        ) from None
    if parts.scheme not in ("https", "http") or not host or parts.username or parts.password:
        raise Unusable(_("That is not a valid address. It should look like https://example.org/hooks."))
    if any(ord(letter) < 33 or ord(letter) > 126 for letter in url):
        raise Unusable(_("An address cannot contain spaces or accented letters."))
    if parts.scheme == "http" and not destinations.is_let_through(host):
        raise Unusable(_("The address must begin with https:// so that nobody else can read what is sent."))
    secure = parts.scheme == "https"
    port = port or (443 if secure else 80)
    if destinations.is_refused(host, port, printer=False):
        raise Unusable(_closed(host))
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return _Target(secure, host, port, path)


def post(url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Send a body. Raises Unusable or Unreachable when surely nothing was sent, OSError or HTTPException when
    nobody knows."""
    target = _target(url)
    connection = _connect(target)
    try:
        with _no_longer_than(TOTAL_S, connection.sock):
            connection.request("POST", target.path, body, dict(headers))
            answer = connection.getresponse()
        return Answer(answer.status, _wait(answer.getheader("Retry-After"), answer.getheader("Date")))
    finally:
        connection.close()


def _connect(target: _Target) -> http.client.HTTPConnection:
    connection = http.client.HTTPConnection(target.host, target.port, timeout=TOTAL_S)
    connection.sock = connect(target.host, target.port, secure=target.secure)
    connection.sock.settimeout(TOTAL_S)
    connection.auto_open = 0  # never to another address by itself
    return connection


def connect(
    host: str, port: int, *, secure: bool = False, printer: bool = False, seconds: float = CONNECT_S
) -> socket.socket:
    """A connection to the first of the host's addresses that takes one, in so many seconds for all of them.
    Raises Unusable if any of them is closed to us, and Unreachable if none takes it."""
    close_old_connections()  # the one to the database is for others while we wait
    if destinations.is_refused(host, port, printer=printer):
        raise Unusable(_closed(host))
    until = time.monotonic() + seconds
    found = _look_up(host, port, printer)
    for number, (family, address) in enumerate(found):
        share = max((until - time.monotonic()) / (len(found) - number), 0.1)
        line = socket.socket(family, socket.SOCK_STREAM)
        try:
            line.settimeout(share)
            line.connect(address)
            if secure:
                line = ssl.create_default_context().wrap_socket(
                    line, server_hostname=host, do_handshake_on_connect=False
                )
                with _no_longer_than(share, line):
                    line.do_handshake()
            return line
        except OSError as problem:
            line.close()
            logger.info("%s at %s was not reached: %s", host, address[0], problem)
            if isinstance(problem, ssl.SSLCertVerificationError):
                raise Unreachable(_("%(host)s: its certificate is not valid.") % {"host": host}) from None
    raise Unreachable(_missed(host))


def _look_up(host: str, port: int, printer: bool) -> list[tuple[socket.AddressFamily, tuple]]:
    try:
        told = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as problem:
        logger.info("%s was not found: %s", host, problem)
        raise Unreachable(_missed(host)) from None
    found: list[tuple[socket.AddressFamily, tuple]] = list(dict.fromkeys((each[0], each[4]) for each in told))
    closed = (destinations.is_closed(address[0], port, printer=printer) for _family, address in found)
    if not destinations.is_let_through(host) and any(closed):
        raise Unusable(_closed(host))
    return found


def _closed(host: str) -> str:
    return _("%(host)s is a private address; nothing is sent there.") % {"host": host}


def _missed(host: str) -> str:
    return _("%(host)s could not be reached.") % {"host": host}


@contextmanager
def _no_longer_than(seconds: float, line: socket.socket) -> Iterator[None]:
    """Hang up on somebody who takes longer in all, however often they say a word."""
    alarm = threading.Timer(seconds, _hang_up, [line])
    alarm.daemon = True
    alarm.start()
    try:
        yield
    finally:
        alarm.cancel()


def _hang_up(line: socket.socket) -> None:
    try:
        line.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # it was over already


def _wait(retry_after: str | None, date: str | None) -> float:
    """Seconds to wait, from either form of Retry-After; a moment is one of the receiver's own clock."""
    text = (retry_after or "").strip()
    if text.isdecimal():
        return min(float(text), _LONGEST_WAIT_S)
    then = _moment(text)
    if then is None:
        return 0
    return min(max((then - (_moment(date or "") or clock.now())).total_seconds(), 0), _LONGEST_WAIT_S)


def _moment(text: str) -> dt.datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)
