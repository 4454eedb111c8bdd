from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "serverlesspresso.events"
    label = "events"
