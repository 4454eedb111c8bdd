"""QR codes in the admin: how many, how far used, never the code itself; and a new one now."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from config.acting import act
from config.admin import OF_MY_STORES, StoreAdmin
from config.scoping import ReadOnly, StoreScoped
from orders import manager

from .models import Code


@admin.register(Code)
class CodeAdmin(ReadOnly, StoreScoped, admin.ModelAdmin):
    """Codes, newest first. The token stays out of sight: whoever has it can order."""

    actions = None
    list_display = ("store", "from_", "until", "left", "budget_", "replaced")
    list_display_links = None
    list_filter = (OF_MY_STORES, ("starts_at", admin.DateFieldListFilter))
    list_select_related = ("store",)
    ordering = ("-starts_at", "-pk")
    show_full_result_count = False
    fields = ("store", "from_", "until", "left", "budget_", "replaced")
    readonly_fields = ("from_", "until", "left", "budget_", "replaced")

    @admin.display(description=_("from"), ordering="starts_at")
    def from_(self, code: Code):
        """When it came on the screens."""
        return code.starts_at

    @admin.display(description=_("until"), ordering="ends_at")
    def until(self, code: Code):
        """When the next one comes."""
        return code.ends_at

    @admin.display(description=_("drinks left"))
    def left(self, code: Code) -> int:
        """Holds that can still be taken."""
        return code.remaining

    @admin.display(description=_("drinks in all"))
    def budget_(self, code: Code) -> int:
        """What it began with."""
        return code.budget

    @admin.display(description=_("replaced at"))
    def replaced(self, code: Code):
        """When somebody asked for a new one before its time."""
        return code.replaced_at


@act(_("Show a new QR code now"), offered=lambda store: store.is_open)
def new_code_now(store, request):
    """For when the code got around: the old one is dead at once, what was scanned stays."""
    manager.new_code(store)


StoreAdmin.actions = [*StoreAdmin.actions, new_code_now]
