"""Every address, by app (they do not change silently: others rely on them)."""

from django.contrib import admin
from django.urls import include, path

from .web import extension_loader, health, prometheus, pwa

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", prometheus.page, name="metrics"),
    path("manifest.webmanifest", pwa.manifest, name="manifest"),
    path("sw.js", pwa.worker, name="worker"),
    path("offline/", pwa.offline, name="offline"),
    path("admin/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
    path("privacy/", include("serverlesspresso.accounts.privacy.urls")),
    path("accounts/", include("serverlesspresso.accounts.urls")),
    path("accounts/", include("serverlesspresso.accounts.sign_in.urls")),
    path("api/v1/", include("serverlesspresso.api.urls")),
    path("display/", include("display.urls")),
    path("barista/", include("baristas.urls")),
    path("organise/", include("organisers.urls")),
    *extension_loader.pages(),
    path("", include("orders.urls")),
]
handler500 = "serverlesspresso.web.error_pages.handle_server_error"
