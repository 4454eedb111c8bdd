from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from serverlesspresso import slots


class TicketsConfig(AppConfig):
    name = "extensions.tickets"
    verbose_name = _("Tickets")

    def ready(self):
        slots.fill("ticket", "tickets/_link.html")
        slots.fill("bar", "tickets/_bar.html")
        slots.fill("board", "tickets/_board.html")
