"""Every address, by app (docs/contract: addresses do not change silently)."""

import sys
from importlib.util import find_spec

from django.contrib import admin
from django.urls import include, path

from serverlesspresso import health


def _optional(prefix: str, module: str) -> list:  # BUILDING
    try:
        return [path(prefix, include(module))] if find_spec(module) else []
    except ImportError as error:
        print(f"BUILDING: {module} is left out: {error}", file=sys.stderr)
        return []


urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("admin/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
    path("accounts/", include("serverlesspresso.accounts.urls")),
    path("accounts/", include("serverlesspresso.accounts.urls_sign_in")),
    *_optional("api/v1/", "serverlesspresso.api.urls"),
    *_optional("display/", "display.urls"),
    *_optional("barista/", "baristas.urls"),
    *_optional("", "orders.urls"),
]
