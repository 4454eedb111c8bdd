"""The Celery application. It carries hints and steps; the database decides (docs/decisions.md)."""

import os

from celery import Celery

from serverlesspresso import watching  # noqa: F401  (before Celery sets up logging: it leaves ours alone)

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "serverlesspresso.settings")

app = Celery("serverlesspresso")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
