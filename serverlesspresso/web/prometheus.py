"""`/metrics`: how the bar is right now, from the database, and what it counted (docs/how-to/operate.md)."""

import datetime as dt
import hmac
import ipaddress
from collections.abc import Iterator

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.http.request import split_domain_port
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_safe

from serverlesspresso.core import clock, metrics

from .probes import Probe, run_probes
from .websocket_origin import LOCAL_NAMES

WAIT_S = 2
FRESH_S = 1
"""Nobody needs the database's figures more often."""
_ON_ITS_WAY = ("X-Forwarded-For", "Forwarded", "Via", "X-Real-IP", "CF-Connecting-IP")
_SECOND = dt.timedelta(seconds=1)
Figures = list[metrics.Figure]


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Everything in Prometheus' text format; for whoever is on this machine or has the token, else 404."""
    if not _may_read(request):
        raise Http404
    from prometheus_client import generate_latest

    registry = metrics.registry()
    registry.register(DatabaseCollector())
    response = HttpResponse(
        generate_latest(registry), content_type="text/plain; version=0.0.4; charset=utf-8"
    )
    add_never_cache_headers(response)
    return response


def _may_read(request: HttpRequest) -> bool:
    """The token opens it, and being on this machine does; but behind a proxy everybody seems to be."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if settings.METRICS_TOKEN and scheme.lower() == "bearer":
        return hmac.compare_digest(token.encode(), settings.METRICS_TOKEN.encode())
    proxied = settings.TRUSTED_PROXIES or any(name in request.headers for name in _ON_ITS_WAY)
    return not proxied and _is_here(request.META.get("REMOTE_ADDR", "")) and _is_called_here(request)


def _is_called_here(request: HttpRequest) -> bool:
    """By a name of this machine for itself or by its bare address. A page whose own name leads here (rebound,
    or through a tunnel) is called by that name, and browsers always say it."""
    host = request.headers.get("Host")
    if host is None:
        return True
    name = split_domain_port(host)[0]
    return name in LOCAL_NAMES or _is_here(name.strip("[]"))


def _is_here(address: str) -> bool:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    return (getattr(found, "ipv4_mapped", None) or found).is_loopback


class DatabaseCollector:
    """The gauges that are read when somebody asks. A database that does not answer is a figure too."""

    def collect(self) -> Iterator:
        """As Prometheus' client wants them."""
        from prometheus_client.core import GaugeMetricFamily

        families: dict[str, GaugeMetricFamily] = {}
        for name, text, labels, value in _figures():
            family = families.setdefault(name, GaugeMetricFamily(name, text, labels=list(labels)))
            family.add_metric(list(labels.values()), value)
        yield from families.values()


def _figures() -> Figures:
    answer = run_probes({"figures": _QUESTION}, WAIT_S)["figures"]
    well = answer.done() and answer.exception() is None
    up: tuple[str, str, dict[str, str], float] = (
        "serverlesspresso_database_up",
        "Whether the database answered.",
        {},
        float(well),
    )
    return [up, *(answer.result() if well else [])]


_cached: tuple[dt.datetime | None, Figures] = (None, [])


def _read() -> Figures:
    """All figures; at most a second old."""
    global _cached
    now = clock.now()
    at, known = _cached
    if at is None or not dt.timedelta() <= now - at < FRESH_S * _SECOND:
        known = list(metrics.registered_collectors())
        _cached = now, known
    return known


_QUESTION = Probe(_read)
