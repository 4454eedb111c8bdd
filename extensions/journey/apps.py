from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from serverlesspresso.web import template_hooks


class JourneyConfig(AppConfig):
    name = "extensions.journey"
    verbose_name = _("Journeys")

    def ready(self):
        template_hooks.fill("order", "journey/_link.html")
        template_hooks.fill("ticket", "journey/_link.html")
