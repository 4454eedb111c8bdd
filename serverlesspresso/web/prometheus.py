"""`/metrics`: how the bar is right now, from the database, and what it counted (docs/how-to/operate.md)."""

import datetime as dt
import hmac
import ipaddress
from collections.abc import Iterator

from django.conf import settings
from django.db.models import Case, Count, F, Min, When
from django.http import Http404, HttpRequest, HttpResponse
from django.http.request import split_domain_port
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_safe

from config.models import Store
from display.models import Code
from orders import deadlines
from orders import sweep as sweeping
from orders.models import LIVE, TERMINAL, Heartbeat, Order, Queue, Status
from serverlesspresso.core import clock, metrics
from serverlesspresso.events.delivery import offsets
from serverlesspresso.events.delivery.subscribers import all_subscribers
from serverlesspresso.events.models import Parked, Stream

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
        stores = dict(Store.objects.filter(archived_at=None).values_list("pk", "slug"))
        known = [*_of_the_sweep(now), *_of_orders(stores), *_of_codes(stores, now)]
        known += [*_of_the_log(stores), *_of_subscribers(now)]
        known += metrics.registered_collectors()
        _cached = now, known
    return known


_QUESTION = Probe(_read)


def _of_the_sweep(now: dt.datetime) -> Figures:
    overdue = max((now - due for due in _due(now)), default=dt.timedelta())
    figures: Figures = [
        (
            "serverlesspresso_oldest_overdue_seconds",
            "For how long the order that waits longest for the sweep has been overdue.",
            {},
            max(overdue / _SECOND, 0),
        )
    ]
    if swept := Heartbeat.objects.filter(name="sweep").first():
        age = abs(now - swept.at) / _SECOND  # a sweep that is still to come is no better than an old one
        figures.append(("serverlesspresso_sweep_age_seconds", "Since the sweep last ran.", {}, age))
    return figures


def _due(now: dt.datetime) -> Iterator[dt.datetime]:
    """Since when something ought to have happened: deadlines, the baristas' clocks, steps that got lost."""
    if at := Order.objects.filter(deadline_at__lte=now).aggregate(at=Min("deadline_at"))["at"]:
        yield at
    waiting = Order.objects.filter(status=Status.QUEUED).values("store").distinct()
    for store in Store.objects.filter(pk__in=waiting):
        queue = Queue.objects.filter(pk=store.pk).first()
        queued = Order.objects.filter(store=store, status=Status.QUEUED).select_related("store")
        first = queued.order_by("queued_clock").first()
        if due := first and deadlines.deadline(first, queue):
            yield due
    unsettled = Order.objects.filter(settled_at=None)
    for statuses, patience in (
        ((Status.VALIDATING, Status.SUBMITTED), sweeping.BETWEEN_STEPS),
        (TERMINAL, sweeping.SETTLE_AFTER),
    ):
        if at := unsettled.filter(status__in=statuses).aggregate(at=Min("moved_at"))["at"]:
            yield at + patience


def _of_orders(stores: dict[int, str]) -> Figures:
    statuses = (*LIVE, Status.READY)
    orders = Order.objects.filter(store__in=stores, status__in=statuses).order_by()
    counts = {
        (store, status): count
        for store, status, count in orders.values_list("store", "status").annotate(Count("pk"))
    }
    return [
        (
            "serverlesspresso_orders",
            "Orders that have not ended.",
            {"store": slug, "status": str(status)},
            counts.get((store, status), 0),
        )
        for store, slug in stores.items()
        for status in statuses
    ]


def _of_codes(stores: dict[int, str], now: dt.datetime) -> Figures:
    running = Code.objects.filter(store__in=stores, starts_at__lte=now, ends_at__gt=now, replaced_at=None)
    return [
        (
            "serverlesspresso_holds_left",
            "Drinks left on the code that is on the wall.",
            {"store": stores[store]},
            left,
        )
        for store, left in running.order_by("starts_at").values_list("store", F("budget") - F("used"))
    ]


def _of_the_log(stores: dict[int, str]) -> Figures:
    heads = Stream.objects.filter(store__in=stores.values()).values_list("store", "sequence")
    return [
        ("serverlesspresso_event_head", "The newest event's place in the store's log.", {"store": store}, at)
        for store, at in heads
    ]


def _of_subscribers(now: dt.datetime) -> Figures:
    names = [each.name for each in all_subscribers()]
    parked = {
        (name, bool(dead)): count
        for name, dead, count in Parked.objects.filter(subscription__in=names)
        .order_by()
        .values_list("subscription", Case(When(dead_at=None, then=0), default=1))
        .annotate(Count("pk"))
    }
    figures: Figures = []
    for name, lag in offsets.lag(names).items():
        labels = {"subscriber": name}
        waits = max((now - lag.since) / _SECOND, 0) if lag.since else 0.0
        figures += [
            ("serverlesspresso_subscriber_lag", "Events a subscriber has not had.", labels, lag.events),
            ("serverlesspresso_subscriber_lag_seconds", "For how long the first has waited.", labels, waits),
            (
                "serverlesspresso_subscriber_retries",
                "Events that failed, or wait behind one that did.",
                labels,
                parked.get((name, False), 0),
            ),
            (
                "serverlesspresso_dead_letters",
                "Events a subscriber never took.",
                labels,
                parked.get((name, True), 0),
            ),
        ]
    return figures
