"""QR codes in the admin: how many, how far used, and a button for a new one; never the code itself."""

from django.contrib import admin
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from config.admin import OF_MY_STORES, StoreAdmin, local
from config.admin.actions import admin_action
from config.admin.object_permissions import ReadOnly, StoreScoped
from orders import commands

from .models import Code


@admin.register(Code)
class CodeAdmin(ReadOnly, StoreScoped, admin.ModelAdmin):
    """Codes, newest first. The token is not shown: whoever has it can order."""

    actions = None
    list_display = ("store", "since", "until", "left", "budget_", "replaced")
    list_display_links = None
    list_filter = (OF_MY_STORES, ("starts_at", admin.DateFieldListFilter))
    list_select_related = ("store",)
    ordering = ("-starts_at", "-pk")
    show_full_result_count = False
    fields = ("store", "since", "until", "left", "budget_", "replaced")
    readonly_fields = ("since", "until", "left", "budget_", "replaced")
    since = local("starts_at", _("valid from"))
    until = local("ends_at", _("valid until"))
    replaced = local("replaced_at", _("replaced at"))

    @admin.display(description=_("drinks left"))
    def left(self, code: Code) -> int:
        """Holds that can still be taken."""
        return code.remaining

    @admin.display(description=_("total drinks"))
    def budget_(self, code: Code) -> int:
        """The budget it began with."""
        return code.budget


def _asks(_stores: list) -> str:
    return gettext(
        "The code shown now will stop working. People who have already scanned it keep their places."
    )


@admin_action(_("Show a new QR code now"), offered=lambda store: store.is_open, asks=_asks)
def new_code_now(store, request):
    """Replace a code that got around: the old one dies at once; holds taken from it stay."""
    commands.new_code(store)


StoreAdmin.actions = [*StoreAdmin.actions, new_code_now]
