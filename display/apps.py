from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DisplayConfig(AppConfig):
    name = "display"
    verbose_name = _("QR codes")

    def ready(self):
        from . import topics  # noqa: F401  (known to the hub)
