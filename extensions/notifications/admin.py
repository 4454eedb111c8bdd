"""What stores offer, and what was sent, failed, was held back, or has an outcome nobody knows."""

from django.contrib import admin

from config.scoping import ScopedByName, StoreScoped
from serverlesspresso.events.admin_effects import EffectAdmin

from .models import EmailNotice, Offer, PushNotice, SmsNotice


@admin.register(Offer)
class OfferAdmin(StoreScoped, admin.ModelAdmin):
    """One row a store; without one, what costs nothing is offered."""

    list_display = ("store", "push", "email", "sms", "email_cap", "sms_cap")


@admin.register(EmailNotice, PushNotice, SmsNotice)
class NoticeAdmin(ScopedByName, EffectAdmin):
    """Without names: an order leads to its owner as long as there is one."""

    list_display = ["created_at", "store", "kind", "order", "state", "attempts", "reason"]
    list_filter = ["state", "kind"]
    fields = ("store", "kind", "order", "state", "attempts", "created_at", "sending_at", "reason")

    def get_readonly_fields(self, request, obj=None):
        """All of it."""
        return self.fields

    def has_send_permission(self, request) -> bool:
        """Managers, for their own stores: the list has no others."""
        return self.manages(request)

    def has_add_permission(self, request, obj=None) -> bool:
        """Never: subscribers ask for notices."""
        return False

    def has_delete_permission(self, request, obj=None) -> bool:
        """Never: it would be forgotten that it was sent."""
        return False
