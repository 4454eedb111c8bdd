from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from serverlesspresso import slots


class RobotsConfig(AppConfig):
    name = "extensions.robots"
    verbose_name = _("Robots")

    def ready(self):
        """A store can be rehearsed from its page in the admin, and from the last page of its set-up."""
        slots.fill("admin", "robots/_rehearse.html")
        slots.fill("rehearsal", "robots/_rehearse.html")
