"""Effects in the admin: a base for the list that each extension registers."""

from django.contrib import admin, messages
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from . import outbox


class EffectAdmin(admin.ModelAdmin):
    """What was sent, what failed, what nobody knows; "send again" for staff.

    A subclass narrows `get_queryset` to the stores of the person, and says with `has_send_permission` who
    may send again: without that, superusers.
    """

    list_display = ["created_at", "store", "state", "attempts", "reason"]
    list_filter = ["state"]
    date_hierarchy = None
    ordering = ("-created_at",)
    show_full_result_count = False
    actions = ["send_again"]

    def get_readonly_fields(self, request, obj=None):
        """All of it: it tells what happened."""
        return [field.name for field in self.opts.fields]

    def has_add_permission(self, request) -> bool:
        """Never: subscribers ask for effects."""
        return False

    def has_delete_permission(self, request, obj=None) -> bool:
        """Never: it would be forgotten that it was sent."""
        return False

    def has_send_permission(self, request) -> bool:
        """Who may send again."""
        return request.user.is_superuser

    @admin.action(description=_("Send again"), permissions=["send"])
    def send_again(self, request, queryset):
        """What failed, was held back, or has an unknown outcome, and then may arrive twice."""
        number = outbox.retry(queryset)
        text = ngettext("%d will be sent again.", "%d will be sent again.", number)
        messages.success(request, text % number)
