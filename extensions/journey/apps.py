from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from serverlesspresso.extension_api.hooks import fill


class JourneyConfig(AppConfig):
    name = "extensions.journey"
    verbose_name = _("Journeys")

    def ready(self):
        fill("order", "journey/_link.html")
        fill("ticket", "journey/_link.html")
