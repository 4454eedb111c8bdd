"""What the admins of stores and menus have in common."""

from django import forms
from django.contrib import admin
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy

from .actions import AdminActionsMixin
from .object_permissions import StoreScoped

OF_MY_STORES = ("store", admin.RelatedOnlyFieldListFilter)


def local(field: str, description):
    """A column with a moment in the store's own time; `field` is where it is kept."""

    @admin.display(description=description, ordering=field)
    def show(self, row) -> str:
        moment = getattr(row, field)
        return date_format(moment.astimezone(row.store.zone), "SHORT_DATETIME_FORMAT") if moment else ""

    return show


class Named:
    """Gives inputs in tables a name of their own: a column's heading is none (WCAG 2.2, 4.1.2)."""

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        """Django's, and what the input is called."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]
        widget = getattr(field and field.widget, "widget", field and field.widget)  # Django wraps some
        if isinstance(widget, forms.widgets.Input | forms.Select):
            widget.attrs.setdefault("aria-label", field.label)
        return field


class NamedInline(Named):
    """The same for rows within a page, which can be deleted."""

    def get_formset(self, request, obj=None, **kwargs):
        """Django's; the last column's box says what it does."""
        formset = super().get_formset(request, obj, **kwargs)  # type: ignore[misc]
        formset.deletion_widget = forms.CheckboxInput({"aria-label": gettext_lazy("Delete")})
        return formset


class ConfiguredAdmin(Named, StoreScoped, AdminActionsMixin, admin.ModelAdmin):
    """Base of the admins here. Saving tells the screens once; they read when all of the page is saved."""

    fixed: tuple[str, ...] = ("store",)
    """What cannot be changed once it is there."""

    def save_model(self, request, obj, form, change):
        """Write only what was changed here: a barista may have paused the store since the page was opened."""
        if not change:
            return obj.save()
        columns = {field.name for field in self.opts.concrete_fields}
        if form.changed_data:
            obj.save(update_fields=[name for name in form.changed_data if name in columns])
        return None

    def delete_queryset(self, request, queryset):
        """One by one, so that each is told."""
        for thing in queryset:
            thing.delete()

    def get_readonly_fields(self, request, obj=None):
        """And what is fixed, on the page of something that is there."""
        return (*super().get_readonly_fields(request, obj), *(self.fixed if obj else ()))
