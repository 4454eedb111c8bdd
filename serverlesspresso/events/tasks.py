"""Celery tasks of the log: delivery to subscribers, and the outbox."""

import time

from celery import shared_task

from . import outbox
from .delivery import dispatcher, isolation, wakeup
from .delivery.backlog import backlogs
from .delivery.subscribers import all_subscribers

GATHER_S = 0.08
"""What is committed within this time of the first fact is handed over with it."""


@shared_task(soft_time_limit=8, time_limit=15)
def dispatch() -> None:
    """Hand what is new to all subscribers. One that must be served by itself gets a task of its own."""
    time.sleep(GATHER_S)
    wakeup.lower_flag("dispatch")
    for name in dispatcher.dispatch():
        _serve_alone(name)


@shared_task(soft_time_limit=8, time_limit=15)
def serve_alone(name: str) -> None:
    """Hand what there is to one subscriber."""
    wakeup.lower_flag(name)
    if isolation.serve(name):
        _serve_alone(name)


def look() -> None:
    """Every second: send `dispatch` if a subscriber is behind, and `send_due` if an effect is due. Their
    messages were lost, or they wait for another attempt."""
    if backlogs(all_subscribers()) and wakeup.raise_flag("dispatch"):
        dispatch.apply_async(retry=False, expires=10)
    if outbox.has_due():
        send_due.apply_async(retry=False, expires=4)


@shared_task
def deliver(names: list[str] | None = None) -> None:
    """As the release before sent it: look, or serve these subscribers."""
    if names is None:
        look()
    for name in names or ():
        _serve_alone(name)


def _serve_alone(name: str) -> None:
    if wakeup.raise_flag(name):
        serve_alone.apply_async([name], retry=False, expires=10)


@shared_task
def send(label: str, pk) -> None:
    """Carry out one effect outside the database."""
    outbox.deliver(label, pk)


@shared_task
def send_due() -> None:
    """Effects whose task was lost, or whose next attempt is due."""
    outbox.send_due()
