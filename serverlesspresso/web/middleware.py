"""Logs each request under an id of its own: how it was answered, and how long that took."""

import logging
import re
import time
import uuid
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from serverlesspresso.core import log_context, metrics

from .busy_addresses import often

logger = logging.getLogger(__name__)

_SANE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")
"""A request id that a proxy may have given. Anything else could write into our logs what it likes."""
_BY_MACHINES = ("healthz", "readyz", "metrics")


class RequestMiddleware:
    """Gives each request its id, and says and times how it was answered.

    Static files and the questions of machines are counted, not told. On a terminal only what moves an order
    or fails is told, the first in few words: somebody reads the addresses and passwords there.
    """

    sync_capable, async_capable = True, False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        with log_context.bind(request_id=_request_id(request)) as known:
            response = self.get_response(request)
            seconds = time.perf_counter() - began
            route = _route(request)
            metrics.observe_request(str(request.method), route, response.status_code, seconds)
            if route not in _BY_MACHINES and route != "static":
                often.count(request, route)
            log_context.add(**_named(request))
            if level := _level(request, response, route, moves="order" in known):
                log_context.add(user=_user(request))
                fields: dict[str, object] = {"duration_ms": round(seconds * 1000, 1)}
                if settings.LOG_FORMAT == "line" and response.status_code < 400:
                    fields["request_id"] = ""
                else:
                    fields |= {
                        "method": request.method,
                        "route": route,
                        "path": request.path[:200],
                        "status": response.status_code,
                    }
                logger.log(level, "%s %s %s", request.method, route, response.status_code, extra=fields)
        response["X-Request-ID"] = known["request_id"]
        return response


def _request_id(request: HttpRequest) -> str:
    given = request.headers.get("X-Request-ID", "")
    return given if _SANE.fullmatch(given) else uuid.uuid4().hex


def _route(request: HttpRequest) -> str:
    """The address by its name in the code, never by what people typed: there are only so many of them."""
    if request.resolver_match:
        return request.resolver_match.view_name
    return "static" if request.path.startswith(settings.STATIC_URL) else "none"


def _level(request: HttpRequest, response: HttpResponse, route: str, *, moves: bool) -> int:
    """How loud to say it; 0 for not at all. `moves` for a request that is about an order."""
    if response.status_code >= 500 and route not in _BY_MACHINES:
        return logging.WARNING
    if route in _BY_MACHINES or (route == "static" and response.status_code < 400):
        return 0
    only_looks = request.method in ("GET", "HEAD", "OPTIONS") or not moves
    return log_context.routine_level() if only_looks and response.status_code < 400 else logging.INFO


def _user(request: HttpRequest) -> int | None:
    """Who it was, if anybody asked: to ask for the sake of a log line would cost a query."""
    user = request.__dict__.get("bearer") or request.__dict__.get("_cached_user")
    return getattr(user, "pk", None)


def _named(request: HttpRequest) -> dict:
    """The store and the order that the address names."""
    named = request.resolver_match.kwargs if request.resolver_match else {}
    order = named.get("order_id") or named.get("order") or named.get("id")
    return {"store": named.get("slug") or named.get("store"), "order": order}
