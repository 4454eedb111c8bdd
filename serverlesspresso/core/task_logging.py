"""Logs each Celery task: its name, its order, how it ended and how long it took."""

import logging
import time
from collections.abc import Sequence

from celery import Task, signals

from . import log_context, metrics

logger = logging.getLogger(__name__)

_EVERY_SECOND = (
    "orders.tasks.sweep",
    "serverlesspresso.events.tasks.deliver",
    "serverlesspresso.events.tasks.send_due",
)


@signals.setup_logging.connect
def _leave_logging_alone(**_) -> None:
    """Celery would set up logging of its own, unless somebody says they have done it: the settings have."""


class TaskLog:
    """A task as it runs: named in the logs with its order, and timed for the metrics when it is over.

    `quietly` for what is done every moment; `more` is what else is known, such as the request that caused it.
    """

    def __init__(self, name: str, args: Sequence = (), *, quietly: bool = False, **more):
        self._name, self._level = name, logging.DEBUG if quietly else log_context.routine_level()
        self._about = log_context.bind(task=name, order=_order(name, args), **more)
        self._about.__enter__()
        self._began = time.perf_counter()

    def over(self, outcome: str) -> None:
        """Say how it went: done, or failed."""
        seconds = time.perf_counter() - self._began
        metrics.observe_task(self._name, outcome, seconds)
        told = {"duration_ms": round(seconds * 1000, 1)}
        logger.log(self._level, "%s %s", self._name, outcome, extra=told)
        self._about.__exit__(None, None, None)


@signals.task_prerun.connect
def _begin(task: Task, args, **_) -> None:
    quietly = task.name in _EVERY_SECOND or getattr(task, "every_moment", False)
    caused_by = {"request_id": task.request.request_id} if hasattr(task.request, "request_id") else {}
    task.request.task_log = TaskLog(task.name, args, quietly=quietly, **caused_by)


@signals.task_postrun.connect
def _end(task: Task, state: str | None = None, **_) -> None:
    task.request.task_log.over("done" if state == "SUCCESS" else "failed")


def _order(name: str, args: Sequence) -> str | None:
    """The order a step is about: the steps of the chains take nothing else."""
    return args[0] if args and name.startswith("orders.tasks.") else None
