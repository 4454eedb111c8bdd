"""Celery tasks: one line each. What they do is in the processor and the sweep."""

from celery import shared_task

from . import processor
from . import sweep as sweeping


@shared_task
def check_store_open(order_id: str) -> None:
    """First step of the chain "open"."""
    processor.check_store_open(order_id)


@shared_task
def check_capacity(order_id: str) -> None:
    """Second step of the chain "open"."""
    processor.check_capacity(order_id)


@shared_task
def await_customer(order_id: str) -> None:
    """Last step of the chain "open"."""
    processor.await_customer(order_id)


@shared_task
def assign_number(order_id: str) -> None:
    """First step of the chain "queue"."""
    processor.assign_number(order_id)


@shared_task
def await_barista(order_id: str) -> None:
    """Last step of the chain "queue"."""
    processor.await_barista(order_id)


@shared_task
def settle(order_id: str) -> None:
    """The chain "close"."""
    processor.settle(order_id)


@shared_task
def sweep() -> None:
    """Every second, by beat."""
    sweeping.sweep()
