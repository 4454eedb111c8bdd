from django.apps import AppConfig
from django.core import checks
from django.utils.translation import gettext_lazy as _

from serverlesspresso import slots


class NotificationsConfig(AppConfig):
    name = "extensions.notifications"
    verbose_name = _("Notifications")

    def ready(self):
        from serverlesspresso.accounts import privacy

        from . import webpush
        from .keeping import NotificationKeeper

        checks.register(webpush.check_devices, checks.Tags.database)
        slots.fill("order", "notifications/_slot.html")
        privacy.register(NotificationKeeper())
