"""What stores offer, and notices that were sent, failed, were held back, or have an unknown outcome."""

from django.contrib import admin

from serverlesspresso.extension_api.admin import ScopedEffects, StoreScoped

from .models import EmailNotice, Offer, PushNotice, SmsNotice


@admin.register(Offer)
class OfferAdmin(StoreScoped, admin.ModelAdmin):
    """One row per store; without one, only what costs nothing is offered."""

    list_display = ("store", "push", "email", "sms", "email_cap", "sms_cap")


@admin.register(EmailNotice, PushNotice, SmsNotice)
class NoticeAdmin(ScopedEffects):
    """Notices, without names: an order leads to its owner as long as it has one."""

    list_display = ["created_at", "store", "kind", "order", "state", "attempts", "reason"]
    list_filter = ["state", "kind"]
    fields = ("store", "kind", "order", "state", "attempts", "created_at", "sending_at", "reason")
