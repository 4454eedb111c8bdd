from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "serverlesspresso.accounts"
    label = "accounts"
    verbose_name = _("People and screens")

    def ready(self):
        from config import scoping

        from . import roles, signals  # noqa: F401  (signals connect themselves)

        scoping.decide_by(roles.managed_by)
