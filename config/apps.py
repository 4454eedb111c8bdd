from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ConfigAppConfig(AppConfig):
    name = "config"
    verbose_name = _("Stores and menu")

    def ready(self):
        from . import events  # noqa: F401  (puts its event types into the catalogue)
