"""Printers, and the tickets sent to them, for the managers of the store."""

from django.contrib import admin

from serverlesspresso.extension_api.admin import ScopedEffects, StoreScoped

from .models import Printer, Ticket


@admin.register(Printer)
class PrinterAdmin(StoreScoped, admin.ModelAdmin):
    """Network printers."""

    list_display = ("name", "store", "host", "paper", "is_on")


@admin.register(Ticket)
class TicketAdmin(ScopedEffects):
    """Tickets: printed, failed (which can be sent again), or of unknown outcome."""

    list_display = ["created_at", "store", "number", "drink", "printer", "state", "reason"]
    list_select_related = ("printer",)
    fields = ("store", "order", "number", "drink", "printer", "state", "attempts", "sending_at", "reason")
