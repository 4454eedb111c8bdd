from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ConfigAppConfig(AppConfig):
    name = "config"
    verbose_name = _("Stores and menu")

    def ready(self):
        from serverlesspresso.core.metrics import register_collector
        from serverlesspresso.events.live.topics import dress_by

        from . import events, lookup, samples

        register_collector(samples.samples)
        dress_by(lookup.looks, events.CONFIG_CHANGED)
