"""What the admins of stores and menus have in common."""

from django import forms
from django.contrib import admin
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy

from .actions import AdminActionsMixin
from .object_permissions import StoreScoped

OF_MY_STORES = ("store", admin.RelatedOnlyFieldListFilter)


def local(field: str, description):
    """A column with a time in the store's own time; `field` is its model field."""

    @admin.display(description=description, ordering=field)
    def show(self, row) -> str:
        moment = getattr(row, field)
        return date_format(moment.astimezone(row.store.zone), "SHORT_DATETIME_FORMAT") if moment else ""

    return show


class Named:
    """Gives inputs in tables an accessible name, which a column's heading is not (WCAG 2.2, 4.1.2)."""

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        """Django's field, with a name for the input."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]
        widget = getattr(field and field.widget, "widget", field and field.widget)  # Django wraps some
        if isinstance(widget, forms.widgets.Input | forms.Select):
            widget.attrs.setdefault("aria-label", field.label)
        return field


class NamedInline(Named):
    """The same for rows within a page, which can be deleted."""

    def get_formset(self, request, obj=None, **kwargs):
        """Django's formset; the box in the last column says what it does."""
        formset = super().get_formset(request, obj, **kwargs)  # type: ignore[misc]
        formset.deletion_widget = forms.CheckboxInput({"aria-label": gettext_lazy("Delete")})
        return formset


class ConfiguredAdmin(Named, StoreScoped, AdminActionsMixin, admin.ModelAdmin):
    """Base of the admins here. Saving notifies the screens once, after the whole page is saved."""

    fixed: tuple[str, ...] = ("store",)
    """Fields that cannot be changed once the object exists."""

    def save_model(self, request, obj, form, change):
        """Write only the changed fields: a barista may have paused the store since the page was opened."""
        if not change:
            return obj.save()
        columns = {field.name for field in self.opts.concrete_fields}
        if form.changed_data:
            obj.save(update_fields=[name for name in form.changed_data if name in columns])
        return None

    def delete_queryset(self, request, queryset):
        """Delete one by one, so that each deletion is published."""
        for thing in queryset:
            thing.delete()

    def get_readonly_fields(self, request, obj=None):
        """Also the fixed fields, for an object that exists."""
        return (*super().get_readonly_fields(request, obj), *(self.fixed if obj else ()))
