"""The Celery application. It carries steps; the database decides (docs/explanation/decisions.md)."""

import os
import signal
import sys

from celery import Celery, Task, signals
from django.db import close_old_connections

from serverlesspresso.core import (
    task_logging,  # noqa: F401  (before Celery sets up logging: it leaves ours alone)
)

from .server import supervisor

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "serverlesspresso.settings")

app = Celery("serverlesspresso")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
# Left alone, Celery ends the whole pool of connections around each task, which costs more than the task.
app.conf["CELERY_DB_REUSE_MAX"] = sys.maxsize


@signals.task_prerun.connect
@signals.task_postrun.connect
def _give_back(task: Task, **_) -> None:
    """Around a task as around a request: the connection goes back to the pool, or away if it is broken."""
    if not task.request.is_eager:
        close_old_connections()


_worker: list[int] = []


@signals.worker_init.connect
def _is_worker(**_) -> None:
    _worker[:] = [os.getpid()]


@signals.worker_process_init.connect
def _end_with_the_worker(**_) -> None:
    """A worker that is killed while it starts its pool leaves processes that wait for each other for ever."""
    supervisor.die_with_parent(_worker[0], signal.SIGKILL)
