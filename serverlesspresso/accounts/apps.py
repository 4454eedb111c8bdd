from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "serverlesspresso.accounts"
    label = "accounts"
    verbose_name = _("People and screens")

    def ready(self):
        from config.admin import object_permissions
        from serverlesspresso.events.live import revoked_sessions

        from . import permissions, signals  # noqa: F401  (signals connect themselves)
        from .mfa import enforcement

        object_permissions.decide_by(permissions.managed_by)
        revoked_sessions.also_ends.append(enforcement.owes)
