from django.apps import AppConfig


class OrganisersConfig(AppConfig):
    name = "organisers"

    def ready(self):
        from . import topics  # noqa: F401  (known to the hub)
