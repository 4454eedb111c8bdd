"""Celery tasks of the bus, on the queue for what may be slow."""

import time

from celery import shared_task

from . import outbox
from .delivery import attending, pump

_APART_S = 0.25
_sent: dict[str, float] = {}


@shared_task(soft_time_limit=8, time_limit=15)
def deliver(names: list[str] | None = None) -> None:
    """Hand over what there is to these subscribers; without names to all, and what comes in the next moments
    too, unless somebody does. Those who need longer get a task each."""
    if names is None:
        attending.attend(_hand_on)
    else:
        _hand_on(pump.deliver(names))


def _hand_on(names: list[str]) -> None:
    for name in names:
        now = time.monotonic()
        if now - _sent.get(name, -_APART_S) >= _APART_S:
            _sent[name] = now
            deliver.apply_async([[name]], retry=False, expires=10)


@shared_task
def send(label: str, pk) -> None:
    """Carry out one effect outside the database."""
    outbox.carry_out(label, pk)


@shared_task
def send_due() -> None:
    """By beat: effects whose task was lost, or whose next attempt is due."""
    outbox.send_due()
