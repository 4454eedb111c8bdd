"""Rehearsals in the admin: ask for one, watch it, stop it."""

from django import forms
from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from serverlesspresso.extension_api.admin import AdminActionsMixin, StoreScoped, admin_action
from serverlesspresso.extension_api.errors import Refusal

from . import rehearsals
from .models import Rehearsal


@admin_action(_("Stop"), offered=lambda rehearsal: rehearsal.is_on and not rehearsal.stop_asked)
def stop(rehearsal, request):
    """Stop the rehearsal; the copy is cleared and closed."""
    rehearsals.stop(rehearsal)


class RehearsalForm(forms.ModelForm):
    """Shows refusals of what cannot be rehearsed now beside the form."""

    def clean(self):
        """Check as the domain does."""
        if store := self.cleaned_data.get("store"):
            try:
                rehearsals.check(store)
            except Refusal as refusal:
                raise forms.ValidationError(refusal.text) from None
        return self.cleaned_data


@admin.register(Rehearsal)
class RehearsalAdmin(StoreScoped, AdminActionsMixin, admin.ModelAdmin):
    """Robots at a copy of a store. A request cannot be changed later."""

    form = RehearsalForm
    actions = (stop,)
    list_display = ("store", "customers", "baristas", "rush", "state", "asked_at")
    fields = ("store", "customers", "baristas", "rush", "pace")
    _told = ("state", "screens", "report")

    def get_fields(self, request, obj=None):
        """The fields of the request; later also the outcome."""
        return (*self._told, *self.fields) if obj else self.fields

    def get_readonly_fields(self, request, obj=None):
        """All fields, once it has been requested."""
        return (*self._told, *self.fields) if obj else ()

    def has_delete_permission(self, request, obj=None) -> bool:
        """Not while it is on: it must be stopped first."""
        return super().has_delete_permission(request, obj) and not (obj and obj.is_on)

    def save_model(self, request, obj, form, change):
        if not change:
            rehearsals.begin(obj)

    @admin.display(description=_("progress"))
    def state(self, rehearsal: Rehearsal) -> str:
        if rehearsal.is_on:
            text = _(
                "%(done)d of %(all)d customers are done, %(ordered)d have ordered. Reload this page "
                "to update."
            )
            known = {"done": rehearsal.done, "all": rehearsal.customers, "ordered": rehearsal.ordered}
            return str(_("Stopping.")) if rehearsal.stop_asked else text % known
        return str(_("Finished.") if rehearsal.ended_at else _("It stopped early: its process was killed."))

    @admin.display(description=_("watch"))
    def screens(self, rehearsal: Rehearsal) -> str:
        """Links to the copy's screens, once there is a copy."""
        if rehearsal.copy is None:
            return str(_("Starting. Reload this page in a moment."))
        slug = rehearsal.copy.slug
        pages = [(reverse("display:board", args=[slug]), _("The wall"))]
        pages += [(reverse("baristas:board", args=[slug]), _("Behind the bar"))]
        return format_html_join(" · ", '<a href="{}">{}</a>', pages)

    @admin.display(description=_("what happened"))
    def report(self, rehearsal: Rehearsal) -> str:
        """The robots' report."""
        return format_html("<pre>{}</pre>", rehearsal.told) if rehearsal.told else "–"
