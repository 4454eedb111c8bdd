"""The log in the admin, to read: for superusers. Managers find the events of an order on its page."""

import json

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from serverlesspresso.core.admin_lookups import OnlyItsFilters

from .delivery import dead_letter_admin  # noqa: F401  (registers itself)
from .log.registry import all_types
from .models import Event, Stream


class StoreFilter(admin.SimpleListFilter):
    """The log of one store. The stores come from the heads: to find them in the log would read all of it."""

    title = _("store")
    parameter_name = "store"

    def lookups(self, request, model_admin):
        """Every store that has a log."""
        return [(store, store) for store in Stream.objects.order_by("store").values_list("store", flat=True)]

    def queryset(self, request, queryset):
        return queryset.filter(store=self.value()) if self.value() else queryset


class TypeFilter(admin.SimpleListFilter):
    """Events of one type, from the catalogue."""

    title = _("event")
    parameter_name = "type"

    def lookups(self, request, model_admin):
        return [(each.name, each.name) for each in all_types()]

    def queryset(self, request, queryset):
        return queryset.filter(type=self.value()) if self.value() else queryset


@admin.register(Event)
class EventAdmin(OnlyItsFilters, admin.ModelAdmin):
    """Every fact there is, newest of a store first. Nothing here can be changed."""

    actions = None
    list_display = ("when", "where", "number", "kind", "about")
    list_filter = (StoreFilter, TypeFilter)
    search_fields = ("order",)
    search_help_text = _("The long id of an order.")
    ordering = ("-store", "-sequence")  # by index
    show_full_result_count = False
    fields = ("when", "where", "number", "kind", "about", "says")
    readonly_fields = fields

    def get_search_results(self, request, queryset, search_term):
        """By the whole id of an order, which is what the index finds."""
        term = search_term.strip()
        return (queryset.filter(order=term) if term else queryset), False

    def has_add_permission(self, request) -> bool:
        """Never: only `publish` writes."""
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False

    def has_delete_permission(self, request, obj=None) -> bool:
        return False

    @admin.display(description=_("time"), ordering="at")
    def when(self, event: Event):
        return event.at

    @admin.display(description=_("store"), ordering="store")
    def where(self, event: Event) -> str:
        return event.store

    @admin.display(description=_("sequence"), ordering="sequence")
    def number(self, event: Event) -> int:
        """Its place in the store's log."""
        return event.sequence

    @admin.display(description=_("event"), ordering="type")
    def kind(self, event: Event) -> str:
        return event.type

    @admin.display(description=_("order"))
    def about(self, event: Event) -> str:
        """The order it is about, if any."""
        return event.order or ""

    @admin.display(description=_("data"))
    def says(self, event: Event) -> str:
        return json.dumps(event.data, ensure_ascii=False)
