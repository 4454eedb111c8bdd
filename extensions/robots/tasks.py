"""Rehearsals requested in the admin are started by a worker, not by the web server."""

from celery import shared_task

from . import rehearsals


@shared_task
def rehearse(pk: int) -> None:
    """Start the rehearsal's process."""
    rehearsals.launch(pk)
