from django.apps import AppConfig
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from serverlesspresso.extension_api.hooks import every_second


class PlayerConfig(AppConfig):
    name = "extensions.player"
    verbose_name = _("Event player")

    def ready(self):
        """In embedded mode, look for hints of another process (`manage.py play`)."""
        if settings.EMBEDDED:
            every_second("player", "extensions.player.tasks.hint")
