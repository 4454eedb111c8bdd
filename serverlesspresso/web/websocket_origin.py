"""Who may open a socket: pages of this very site."""

from urllib.parse import urlsplit

from channels.security.websocket import WebsocketDenier
from django.conf import settings
from django.http.request import validate_host

LOCAL_NAMES = ("localhost", "127.0.0.1", "[::1]")
_PORTS = {"http": 80, "https": 443}


class SameOrigin:
    """Refuses sockets whose Origin is missing or another site's.

    Channels' own validators compare host names only; another port of the same machine is another site.
    """

    def __init__(self, application):
        self.application = application

    async def __call__(self, scope, receive, send):
        """Hand on what comes from here; refuse the rest before anything is accepted."""
        headers = dict(scope["headers"])
        origin, host = (headers.get(name, b"").decode("latin-1").lower() for name in (b"origin", b"host"))
        application = self.application if allowed(origin, host) else WebsocketDenier()
        return await application(scope, receive, send)


def allowed(origin: str, host: str) -> bool:
    """Whether a page of this origin may open a socket to this host (the header, with its port).

    With PUBLIC_URL that is the page's origin, or a plain page of this very machine that asked its own host;
    without, any host of ALLOWED_HOSTS that asks itself.
    """
    page = _place(origin)
    if page is None:
        return False
    if page == _place(settings.PUBLIC_URL):
        return True
    name = f"[{page[1]}]" if ":" in page[1] else page[1]
    if settings.PUBLIC_URL and (page[0] != "http" or name not in LOCAL_NAMES):
        return False
    return page == _place(f"{page[0]}://{host}") and validate_host(name, settings.ALLOWED_HOSTS)


def _place(address: str) -> tuple[str, str, int] | None:
    try:
        parts = urlsplit(address)
        if parts.scheme in _PORTS and parts.hostname:
            return parts.scheme, parts.hostname, parts.port or _PORTS[parts.scheme]
    except ValueError:
        pass
    return None
