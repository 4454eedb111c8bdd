from django.apps import AppConfig
from django.conf import settings
from django.utils.translation import gettext_lazy as _


class PlayerConfig(AppConfig):
    name = "extensions.player"
    verbose_name = _("Event player")

    def ready(self):
        """With everything in one process, hints of another (`manage.py play`) must be looked for."""
        if settings.EMBEDDED:
            from serverlesspresso.celery import app

            app.conf.beat_schedule["player"] = {
                "task": "extensions.player.tasks.hint",
                "schedule": 1.0,
                "options": {"expires": 2},
            }
