from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class EventsConfig(AppConfig):
    name = "serverlesspresso.events"
    label = "events"
    verbose_name = _("Log")

    def ready(self):
        from serverlesspresso.core.metrics import register_collector

        from .delivery import samples
        from .delivery.offsets import register_all

        autodiscover_modules("subscribers")
        register_collector(samples.samples)
        post_migrate.connect(register_all, sender=self)
