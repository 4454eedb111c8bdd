from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from serverlesspresso.extension_api.hooks import fill


class TicketsConfig(AppConfig):
    name = "extensions.tickets"
    verbose_name = _("Tickets")

    def ready(self):
        fill("ticket", "tickets/_link.html")
        fill("bar", "tickets/_bar.html")
        fill("board", "tickets/_board.html")
