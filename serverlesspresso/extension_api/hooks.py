"""What `AppConfig.ready` hangs in: templates into slots, figures for Prometheus, tasks for each second."""

from serverlesspresso.core.metrics import Figure, register_collector
from serverlesspresso.web.template_hooks import SLOTS, fill

__all__ = ["SLOTS", "Figure", "every_second", "fill", "register_collector"]


def every_second(name: str, task: str) -> None:
    """Have beat send a task of the extension once a second; one that comes 2 seconds late is dropped."""
    from serverlesspresso.celery import app

    app.conf.beat_schedule[name] = {"task": task, "schedule": 1.0, "options": {"expires": 2}}
