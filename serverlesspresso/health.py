"""Is it alive, is it ready: for whoever watches the bar's machines."""

import asyncio
import datetime as dt
import logging
import uuid
from collections.abc import Callable
from concurrent.futures import Future

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_safe

from serverlesspresso import clock
from serverlesspresso.bounded import Question, answers
from serverlesspresso.celery import app as celery

logger = logging.getLogger(__name__)

SWEEP_LATE_S = 10
"""Seconds after which a sweep that did not run means that nobody works."""
SWEEP_AHEAD_S = 2
"""A sweep that ran so many seconds from now did not run: the clock was set back since."""
WAIT_S = 1.5
"""Whatever has not answered by then is not ready."""


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process lives and answers. Asks nothing of anybody else."""
    return HttpResponse("ok", content_type="text/plain")


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Database, broker, channel layer, and that the sweep ran: 200, or 503 when one of them fails or hangs.

    Answers within 2 seconds either way.
    """
    checks = {name: _check(name, answer) for name, answer in answers(PROBES, WAIT_S).items()}
    ready = all(check["ok"] for check in checks.values())
    response = JsonResponse({"ready": ready, **checks}, status=200 if ready else 503)
    add_never_cache_headers(response)
    return response


def _check(name: str, answer: Future) -> dict:
    error = answer.exception() if answer.done() else TimeoutError(f"no answer in {WAIT_S} s")
    if error is None:
        return {"ok": True} | answer.result()
    logger.warning("not ready, %s: %s", name, error)
    return {"ok": False, "error": type(error).__name__}


def _database() -> dict:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return {}


def _broker() -> dict:
    if not settings.EMBEDDED:
        with celery.connection_for_write() as broker:
            broker.ensure_connection(max_retries=1, timeout=2)
    return {}


def _layer() -> dict:
    async_to_sync(_send)(f"probe-{uuid.uuid4().hex}")
    return {}


async def _send(group: str) -> None:
    await asyncio.wait_for(get_channel_layer().group_send(group, {"type": "probe"}), 2)


def _sweep() -> dict:
    beat = apps.get_model("orders", "Heartbeat").objects.filter(name="sweep").first()
    if beat is None:
        return {"ok": False, "age": None}
    age = (clock.now() - beat.at) / dt.timedelta(seconds=1)
    return {"ok": -SWEEP_AHEAD_S <= age <= SWEEP_LATE_S, "age": round(age, 1)}


_ASKED: dict[str, Callable[[], dict]] = {
    "database": _database,
    "broker": _broker,
    "layer": _layer,
    "sweep": _sweep,
}
PROBES = {name: Question(function) for name, function in _ASKED.items()}
