from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from serverlesspresso.web import template_hooks


class RobotsConfig(AppConfig):
    name = "extensions.robots"
    verbose_name = _("Robots")

    def ready(self):
        """A store can be rehearsed from its page in the admin, and from the last page of its set-up."""
        template_hooks.fill("admin", "robots/_rehearse.html")
        template_hooks.fill("rehearsal", "robots/_rehearse.html")
