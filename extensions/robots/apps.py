from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from serverlesspresso.extension_api.hooks import fill


class RobotsConfig(AppConfig):
    name = "extensions.robots"
    verbose_name = _("Robots")

    def ready(self):
        """Offer rehearsals on a store's page in the admin, and on the last page of its set-up."""
        fill("admin", "robots/_rehearse.html")
        fill("rehearsal", "robots/_rehearse.html")
