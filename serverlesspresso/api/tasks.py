"""Celery tasks of the API."""

from celery import shared_task

from . import idempotency


@shared_task
def purge_keys() -> None:
    """Every hour, by beat."""
    idempotency.purge()
