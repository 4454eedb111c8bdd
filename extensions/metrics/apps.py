from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from serverlesspresso.core import metrics
from serverlesspresso.web import template_hooks


class MetricsConfig(AppConfig):
    name = "extensions.metrics"
    verbose_name = _("Figures")

    def ready(self):
        from . import figures

        template_hooks.fill("bar", "metrics/_link.html")
        template_hooks.fill("admin", "metrics/_link.html")
        metrics.register_collector(figures.for_prometheus)
