from django.apps import AppConfig


class BaristasConfig(AppConfig):
    name = "baristas"

    def ready(self):
        from . import topics  # noqa: F401  (known to the hub)
