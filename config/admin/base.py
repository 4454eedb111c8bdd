"""What the admins of stores and menus have in common."""

from django.contrib import admin

from config.acting import Acting
from config.scoping import StoreScoped

OF_MY_STORES = ("store", admin.RelatedOnlyFieldListFilter)


class ConfiguredAdmin(StoreScoped, Acting, admin.ModelAdmin):
    """Base of the admins here. Saving tells the screens once; they read when all of the page is saved."""

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
        """What something belongs to does not change later."""
        return (*super().get_readonly_fields(request, obj), *(self.fixed if obj else ()))

    fixed: tuple[str, ...] = ("store",)
