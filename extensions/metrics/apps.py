from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from serverlesspresso import metrics, slots


class MetricsConfig(AppConfig):
    name = "extensions.metrics"
    verbose_name = _("Figures")

    def ready(self):
        from . import figures

        slots.fill("bar", "metrics/_link.html")
        slots.fill("admin", "metrics/_link.html")
        metrics.also(figures.for_prometheus)
