from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "serverlesspresso.accounts"
    label = "accounts"
    verbose_name = _("People and screens")

    def ready(self):
        from config import scoping
        from serverlesspresso.events import sessions

        from . import roles, second_factor, signals  # noqa: F401  (signals connect themselves)

        scoping.decide_by(roles.managed_by)
        sessions.also_ends.append(second_factor.owes)
