from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from serverlesspresso.extension_api.hooks import fill


class RobotsConfig(AppConfig):
    name = "extensions.robots"
    verbose_name = _("Robots")

    def ready(self):
        """A store can be rehearsed from its page in the admin, and from the last page of its set-up."""
        fill("admin", "robots/_rehearse.html")
        fill("rehearsal", "robots/_rehearse.html")
