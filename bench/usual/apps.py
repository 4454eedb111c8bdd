"""The usual bar's one app."""

from django.apps import AppConfig


class Usual(AppConfig):
    """Stores, codes, orders and events."""

    name = "bench.usual"
    label = "usual"

    def ready(self):
        """Make the Celery app, so that its tasks go to its broker."""
        from . import celery  # noqa: F401
