"""Endpoints and what was delivered to them, for the managers of the store."""

import json

from django.contrib import admin
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from serverlesspresso.extension_api.admin import AdminActionsMixin, ScopedEffects, StoreScoped, admin_action

from . import dispatch
from .models import Delivery, Endpoint


@admin_action(_("Send a test"), offered=lambda endpoint: endpoint.is_on)
def test(endpoint, request):
    """Send something harmless; its outcome is listed among the deliveries."""
    dispatch.test(endpoint)


@admin_action(_("Create a new secret"))
def rotate(endpoint, request):
    """Make a new secret; the old one also signs for a day."""
    endpoint.rotate()


@admin.register(Endpoint)
class EndpointAdmin(StoreScoped, AdminActionsMixin, admin.ModelAdmin):
    """Endpoints. The secret is shown to managers only, and never in a list."""

    actions = (test, rotate)
    list_display = ("__str__", "store", "is_on", "off_because")
    fields = ("store", "url", "note", "patterns", "is_on", "off_because", "shown_secret")
    readonly_fields = ("off_because", "shown_secret")

    @admin.display(description=_("secret"))
    def shown_secret(self, endpoint: Endpoint) -> str:
        """The secret, for the receiver, who checks signatures with it."""
        return format_html("<code>{}</code>", endpoint.secret) if endpoint.pk else "–"

    def save_model(self, request, obj, form, change):
        """Save; switching it on again clears the reason why it was off."""
        if obj.is_on:
            obj.off_because = ""
        super().save_model(request, obj, form, change)


@admin.register(Delivery)
class DeliveryAdmin(ScopedEffects):
    """Deliveries: sent, failed (which can be sent again), or of unknown outcome."""

    list_display = ["created_at", "store", "endpoint", "type", "state", "attempts", "reason"]
    list_select_related = ("endpoint",)
    fields = ("store", "endpoint", "type", "state", "attempts", "due_at", "sending_at", "reason", "payload")

    @admin.display(description=_("body"))
    def payload(self, delivery: Delivery) -> str:
        return format_html("<pre>{}</pre>", json.dumps(delivery.body, ensure_ascii=False, indent=2))
