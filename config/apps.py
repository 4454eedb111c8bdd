from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ConfigAppConfig(AppConfig):
    name = "config"
    verbose_name = _("Stores and menu")

    def ready(self):
        from serverlesspresso.events.topics import dress_by

        from . import events, finding

        dress_by(finding.looks, events.CONFIG_CHANGED)
