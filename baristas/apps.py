from django.apps import AppConfig


class BaristasConfig(AppConfig):
    name = "baristas"
