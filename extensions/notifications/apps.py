from django.apps import AppConfig
from django.core import checks
from django.utils.translation import gettext_lazy as _

from serverlesspresso.web import template_hooks


class NotificationsConfig(AppConfig):
    name = "extensions.notifications"
    verbose_name = _("Notifications")

    def ready(self):
        from serverlesspresso.accounts.privacy import personal_data

        from . import webpush
        from .privacy import NotificationKeeper

        checks.register(webpush.check_devices, checks.Tags.database)
        template_hooks.fill("order", "notifications/_slot.html")
        personal_data.register(NotificationKeeper())
