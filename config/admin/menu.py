"""The menu in the admin: drinks, and the choices that come with them."""

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from config import services
from config.forms import DrinkForm, GroupsField, LabelledForm, OptionFormSet
from config.models import Drink, ModifierGroup, Option

from .actions import admin_action
from .base import OF_MY_STORES, ConfiguredAdmin, NamedInline
from .object_permissions import StoreScoped, managed_by


@admin_action(_("Mark as sold out"), offered=lambda thing: thing.available)
def sold_out(thing, request):
    """Stop offering it, at once."""
    services.set_available(thing.store, thing.name, available=False)


@admin_action(_("Mark as available"), offered=lambda thing: not thing.available)
def available_again(thing, request):
    """Offer it again, at once."""
    services.set_available(thing.store, thing.name, available=True)


@admin.register(Drink)
class DrinkAdmin(ConfiguredAdmin):
    """Drinks."""

    form = DrinkForm
    actions = [sold_out, available_again]
    list_display = ("name", "store", "choices", "available", "position")
    list_editable = ("position",)
    list_filter = (OF_MY_STORES, "available")
    list_select_related = ("store",)
    search_fields = ("name",)
    radio_fields = {"icon": admin.HORIZONTAL}
    fieldsets = (
        (None, {"fields": ("store", "name", "labels", "icon")}),
        (
            _("Choices for this drink"),
            {
                "fields": ("groups",),
                "description": _("Add choices such as milk first, then tick them here."),
            },
        ),
        (_("On the menu"), {"fields": ("available", "position")}),
    )

    def get_queryset(self, request):
        """Drinks with their choices, which the list shows."""
        return super().get_queryset(request).prefetch_related("groups")

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        """The choices of the user's own stores, as check boxes."""
        groups = ModifierGroup.objects.filter(store__in=managed_by(request.user)).prefetch_related("options")
        kwargs |= {"form_class": GroupsField, "queryset": groups, "widget": forms.CheckboxSelectMultiple}
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        """Leave out the pop-up beside the boxes: they could not show what it added."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "groups":
            field.widget.can_add_related = False
        return field

    @admin.display(description=_("choices"))
    def choices(self, drink: Drink) -> str:
        """The choices that come with it."""
        return ", ".join(group.name for group in drink.groups.all())


class OptionInline(NamedInline, StoreScoped, admin.TabularInline):
    """The options of a choice, on its page."""

    model = Option
    form = LabelledForm
    formset = OptionFormSet
    store_path = "group__store"
    fields = ("name", "labels", "available", "position")
    extra = 1


@admin.register(ModifierGroup)
class ModifierGroupAdmin(ConfiguredAdmin):
    """Choices that come with drinks."""

    form = LabelledForm
    inlines = (OptionInline,)
    list_display = ("name", "store", "options", "min", "max", "position")
    list_editable = ("position",)
    list_filter = (OF_MY_STORES,)
    list_select_related = ("store",)
    search_fields = ("name", "options__name")
    fieldsets = (
        (
            None,
            {
                "fields": ("store", "name", "labels"),
                "description": _("Shared: a change here applies to every drink that offers it."),
            },
        ),
        (
            _("How many"),
            {
                "fields": ("min", "max"),
                "description": _("1 and 1: exactly one must be chosen. 0 and 1: one may be chosen, or none."),
            },
        ),
        (_("On the menu"), {"fields": ("position",)}),
    )

    def get_queryset(self, request):
        """Choices with their options, which the list shows."""
        return super().get_queryset(request).prefetch_related("options")

    @admin.display(description=_("options"))
    def options(self, group: ModifierGroup) -> str:
        return ", ".join(option.name for option in group.options.all())
