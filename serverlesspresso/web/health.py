"""Is it alive, is it ready: for whoever watches the bar's machines."""

import asyncio
import datetime as dt
import logging
import pkgutil
import uuid
from collections.abc import Callable
from concurrent.futures import Future
from functools import cache
from importlib import import_module

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.cache import add_never_cache_headers
from django.utils.module_loading import module_has_submodule
from django.views.decorators.http import require_safe

from serverlesspresso.celery import app as celery
from serverlesspresso.core import clock

from .probes import Probe, run_probes

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
    checks = {name: _check(name, answer) for name, answer in run_probes(PROBES, WAIT_S).items()}
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


class NoTimeLimits(Exception):
    """A pooler took away the limits after which PostgreSQL ends what hangs (docs/how-to/deploy.md)."""


class TablesAreBehind(Exception):
    """The tables are older than this code: nobody migrated them, or somebody took them back."""


def _database() -> dict:
    """It answers, within its limits, and has the tables this code wants. It may have newer ones: during an
    upgrade old processes work on."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        if connection.vendor == "postgresql":
            from serverlesspresso.core.db import (
                connection as postgres,  # a bar on SQLite does not load its driver
            )

            if unlimited := postgres.unlimited(cursor):
                raise NoTimeLimits(", ".join(unlimited))
    if missing := _migrations() - MigrationRecorder(connection).applied_migrations().keys():
        raise TablesAreBehind(", ".join(f"{app} {name}" for app, name in sorted(missing)))
    return {}


@cache
def _migrations() -> set[tuple[str, str]]:
    """The migrations of this code, by app and name, found without loading them."""
    found = set()
    for app in apps.get_app_configs():
        if module_has_submodule(app.module, "migrations"):
            folder = import_module(f"{app.name}.migrations").__path__
            found |= {
                (app.label, each.name) for each in pkgutil.iter_modules(folder) if each.name[0] not in "_~"
            }
    return found


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
PROBES = {name: Probe(function) for name, function in _ASKED.items()}
