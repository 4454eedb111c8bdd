"""Where this bar is reached. Links and QR codes are made from here, never from a request's Host header."""

import socket

from django.conf import settings

_EVERYWHERE = ("", "0.0.0.0", "::")  # noqa: S104  (compared with, not listened on)
_NOWHERE = ("192.0.2.1", 9)
"""An address of the documentation range: to "connect" UDP to it picks a network card and sends nothing."""


def lan_address() -> str:
    """This machine's address on its network; "localhost" when it has none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(_NOWHERE)
            address = probe.getsockname()[0]
        except OSError:  # no default route: the router of the bar may know no other network
            address = _named_address()
    return address if not address.startswith(("127.", "0.")) else "localhost"


def _named_address() -> str:
    try:
        return socket.gethostbyname(socket.gethostname())
    except OSError:
        return "127.0.0.1"


def base_url() -> str:
    """Scheme, host and port without a slash at the end: PUBLIC_URL, else this machine's network address, or
    the one address it listens on.

    Asked anew each time: a laptop that joins another network gets another address, and the next QR code
    carries it.
    """
    return settings.PUBLIC_URL or f"http://{_only_address() or lan_address()}:{settings.PORT}"


def local_url() -> str:
    """The same for a browser on this machine, whatever PUBLIC_URL says."""
    return f"http://{_only_address() or 'localhost'}:{settings.PORT}"


def _only_address() -> str:
    """The address it listens on, as in a link; empty when it listens on all the machine has."""
    host = settings.HOST
    if host in _EVERYWHERE:
        return ""
    return f"[{host}]" if ":" in host else host


def absolute_url(path: str) -> str:
    """The whole address of a path of this site, for QR codes, messages and links that leave the page."""
    return base_url() + path
