from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from serverlesspresso.extension_api.hooks import fill, register_collector


class MetricsConfig(AppConfig):
    name = "extensions.metrics"
    verbose_name = _("Figures")

    def ready(self):
        from .figures import for_prometheus

        fill("bar", "metrics/_link.html")
        fill("admin", "metrics/_link.html")
        register_collector(for_prometheus)
