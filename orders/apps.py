from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OrdersConfig(AppConfig):
    name = "orders"
    verbose_name = _("Orders")

    def ready(self):
        from serverlesspresso.core.metrics import register_collector

        from . import events, privacy, samples, sweep, topics  # noqa: F401  (each makes itself known)

        register_collector(samples.samples)
