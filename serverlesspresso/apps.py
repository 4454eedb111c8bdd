from django.apps import AppConfig


class ServerlesspressoConfig(AppConfig):
    """The house itself: its templates and commands."""

    name = "serverlesspresso"
