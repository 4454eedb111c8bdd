from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from serverlesspresso import slots


class JourneyConfig(AppConfig):
    name = "extensions.journey"
    verbose_name = _("Journeys")

    def ready(self):
        slots.fill("order", "journey/_link.html")
        slots.fill("ticket", "journey/_link.html")
