from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DisplayConfig(AppConfig):
    name = "display"
    verbose_name = _("QR codes")

    def ready(self):
        from serverlesspresso.core.metrics import register_collector

        from . import samples, topics  # noqa: F401  (the hub knows topics)

        register_collector(samples.samples)
