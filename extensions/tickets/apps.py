from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from serverlesspresso.web import template_hooks


class TicketsConfig(AppConfig):
    name = "extensions.tickets"
    verbose_name = _("Tickets")

    def ready(self):
        template_hooks.fill("ticket", "tickets/_link.html")
        template_hooks.fill("bar", "tickets/_bar.html")
        template_hooks.fill("board", "tickets/_board.html")
