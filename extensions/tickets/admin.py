"""Printers, and the tickets they were given, for the managers of the store."""

from django.contrib import admin

from config.scoping import ScopedByName, StoreScoped
from serverlesspresso.events.admin_effects import EffectAdmin

from .models import Printer, Ticket


@admin.register(Printer)
class PrinterAdmin(StoreScoped, admin.ModelAdmin):
    """Network printers."""

    list_display = ("name", "store", "host", "paper", "is_on")


@admin.register(Ticket)
class TicketAdmin(ScopedByName, EffectAdmin):
    """What was printed, what was not (and can be sent again), what nobody knows."""

    list_display = ["created_at", "store", "number", "drink", "printer", "state", "reason"]
    list_select_related = ("printer",)
    fields = ("store", "order", "number", "drink", "printer", "state", "attempts", "sending_at", "reason")

    def get_readonly_fields(self, request, obj=None):
        """All of it."""
        return self.fields

    def has_send_permission(self, request) -> bool:
        """Managers, for their own stores: the list has no others."""
        return self.manages(request)

    def has_add_permission(self, request, obj=None) -> bool:
        """Never: subscribers ask for tickets."""
        return False

    def has_delete_permission(self, request, obj=None) -> bool:
        """Never: it would be forgotten that it was printed."""
        return False
