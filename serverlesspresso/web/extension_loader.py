"""What the extensions that are switched on (`EXTENSIONS`) bring: pages and sockets of their own.

Their apps, commands, tasks, subscribers, static files and templates Django and Celery find by themselves.
"""

from collections.abc import Iterator
from importlib import import_module
from types import ModuleType

from django.apps import apps
from django.urls import include, path
from django.utils.module_loading import module_has_submodule


def pages() -> list:
    """Their addresses, each as its `urls.py` says, from the root on."""
    return [path("", include(module)) for module in _modules("urls")]


def sockets() -> list:
    """Their `websocket_urlpatterns`."""
    return [pattern for module in _modules("routing") for pattern in module.websocket_urlpatterns]


def _modules(name: str) -> Iterator[ModuleType]:
    for app in apps.get_app_configs():
        if app.name.startswith("extensions.") and module_has_submodule(app.module, name):
            yield import_module(f"{app.name}.{name}")
