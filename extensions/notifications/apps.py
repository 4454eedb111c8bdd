from django.apps import AppConfig
from django.core import checks
from django.utils.translation import gettext_lazy as _

from serverlesspresso.extension_api.hooks import fill


class NotificationsConfig(AppConfig):
    name = "extensions.notifications"
    verbose_name = _("Notifications")

    def ready(self):
        from serverlesspresso.extension_api import privacy

        from . import webpush
        from .privacy import NotificationKeeper

        checks.register(webpush.check_devices, checks.Tags.database)
        fill("order", "notifications/_slot.html")
        privacy.register(NotificationKeeper())
