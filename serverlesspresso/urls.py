"""Every address, by app (they do not change silently: others rely on them)."""

from django.contrib import admin
from django.urls import include, path

from serverlesspresso import extending, health, scrape, shell

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", scrape.page, name="metrics"),
    path("manifest.webmanifest", shell.manifest, name="manifest"),
    path("sw.js", shell.worker, name="worker"),
    path("offline/", shell.offline, name="offline"),
    path("admin/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
    path("privacy/", include("serverlesspresso.accounts.urls_privacy")),
    path("accounts/", include("serverlesspresso.accounts.urls")),
    path("accounts/", include("serverlesspresso.accounts.urls_sign_in")),
    path("api/v1/", include("serverlesspresso.api.urls")),
    path("display/", include("display.urls")),
    path("barista/", include("baristas.urls")),
    path("organise/", include("organisers.urls")),
    *extending.pages(),
    path("", include("orders.urls")),
]
handler500 = "serverlesspresso.refusals.broken"
