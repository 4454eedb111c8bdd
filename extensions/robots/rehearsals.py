"""Rehearsals of a real bar at a marked copy: requested in the admin, run in a process of their own."""

import subprocess
import sys
import time

from celery import current_app
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from serverlesspresso.extension_api import clock
from serverlesspresso.extension_api.bus import send_task
from serverlesspresso.extension_api.errors import Refusal
from serverlesspresso.extension_api.stores import Store

from . import server, setup
from .models import Rehearsal
from .report import Report
from .run import Plan, Run

LONGEST_S = 30 * 60
"""A rehearsal that takes longer is ended."""
_SAYS_S = 2.0


def check(store: Store) -> None:
    """Raise Refusal unless this store can be rehearsed now."""
    if store.kind != Store.Kind.REAL:
        text = _("%(store)s is itself a rehearsal or a recording. Choose a real store.")
        raise Refusal(text % {"store": store}, code="not_real")
    if any(other.is_on for other in Rehearsal.objects.filter(ended_at=None)):
        text = _(
            "A rehearsal is already running, and this machine can run only one at a time. Stop "
            "it, or wait until it ends."
        )
        raise Refusal(text, code="rehearsing")


@transaction.atomic
def begin(rehearsal: Rehearsal) -> None:
    """Request a rehearsal; a worker starts it. Raises the refusals of `check`."""
    check(rehearsal.store)
    rehearsal.asked_at = clock.now()
    rehearsal.save()
    task = current_app.signature("extensions.robots.tasks.rehearse", args=(rehearsal.pk,), immutable=True)
    transaction.on_commit(lambda: send_task(task), robust=True)


def stop(rehearsal: Rehearsal) -> None:
    """Ask a rehearsal to end; within a few seconds the copy is cleared and closed."""
    Rehearsal.objects.filter(pk=rehearsal.pk, ended_at=None).update(stop_asked=True)


def launch(pk: int) -> None:
    """Start its process without waiting: the worker has other tasks."""
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "rehearse", str(pk)]
    subprocess.Popen(command, cwd=settings.BASE_DIR, start_new_session=True, stdout=subprocess.DEVNULL)


def perform(pk: int) -> None:
    """Run it to its end, and record the outcome. Does nothing if it was already begun."""
    now = clock.now()
    mine = Rehearsal.objects.filter(pk=pk, begun_at=None, ended_at=None)
    if not mine.update(begun_at=now, beat_at=now):
        return
    rehearsal = Rehearsal.objects.select_related("store").get(pk=pk)
    told = ""
    try:
        told = _play(rehearsal).told()
    except (Refusal, server.NoBar) as problem:
        told = getattr(problem, "text", "") or str(problem)
    finally:
        told = told or _("It stopped early. This machine’s log says why.")
        Rehearsal.objects.filter(pk=pk).update(ended_at=clock.now(), told=told)


def _play(rehearsal: Rehearsal) -> Report:
    copy = setup.rehearse(rehearsal.store, rehearsal.pace)
    Rehearsal.objects.filter(pk=rehearsal.pk).update(copy=copy)
    plan = Plan(rehearsal.customers, rush=rehearsal.rush, pace=float(rehearsal.pace))
    until, said = time.monotonic() + LONGEST_S, 0.0

    def watch(account: Report) -> bool:
        nonlocal said
        if time.monotonic() - said < _SAYS_S:
            return False
        said, mine = time.monotonic(), Rehearsal.objects.filter(pk=rehearsal.pk)
        mine.update(beat_at=clock.now(), done=account.done, ordered=len(account.orders))
        return mine.filter(stop_asked=True).exists() or said > until

    with (
        setup.cast(copy, rehearsal.customers, rehearsal.baristas) as cast,
        server.bar(None, cast.manager, lambda _text: None) as url,
    ):
        account = Run(url, copy.slug, cast, plan).play(watch)
    Rehearsal.objects.filter(pk=rehearsal.pk).update(done=account.done, ordered=len(account.orders))
    return account
