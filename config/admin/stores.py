"""Stores in the admin: their limits, and whether they are open."""

from django.contrib import admin
from django.db.models import Count
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from config import demo, services
from config.forms import StoreForm
from config.models import Store

from .actions import admin_action
from .base import ConfiguredAdmin


def _current(store: Store) -> bool:
    return store.archived_at is None


@admin_action(_("Open the store"), offered=lambda store: _current(store) and not store.is_open)
def open_store(store, request):
    """Accept scans again."""
    services.set_status(store, open=True)


@admin_action(_("Close the store, finish its orders"), offered=lambda store: store.is_open, careful=True)
def close_store(store, request):
    """Accept no new scans; live orders are finished."""
    services.set_status(store, open=False)


@admin_action(_("Pause new orders"), offered=lambda store: store.is_open and not store.is_paused)
def pause(store, request):
    """Accept no new scans for a while."""
    services.set_status(store, paused=True)


@admin_action(_("Take orders again"), offered=lambda store: store.is_paused)
def resume(store, request):
    """End the pause."""
    services.set_status(store, paused=False)


@admin_action(
    _("Last orders, close in 10 minutes"),
    offered=lambda store: store.is_open and store.last_orders_at is None,
)
def last_orders(store, request):
    """Call last orders: every screen says until when, then the store closes."""
    services.call_last_orders(store, 10)


@admin_action(
    _("Add the usual menu"), offered=lambda store: not store.drinks.exists() and not store.groups.exists()
)
def add_menu(store, request):
    """Give a store without a menu the usual one."""
    demo.make_menu(store)


@admin_action(_("Archive"), offered=lambda store: _current(store) and not store.is_open, careful=True)
def archive(store, request):
    """Put it out of sight; nothing is lost."""
    services.archive(store)


@admin_action(_("Bring back from the archive"), offered=lambda store: not _current(store))
def bring_back(store, request):
    """Bring it back as it was, closed."""
    services.bring_back(store)


class Archived(admin.SimpleListFilter):
    """A filter for current or archived stores."""

    title = _("archived")
    parameter_name = "archived"

    def lookups(self, request, model_admin):
        return [("no", _("No")), ("yes", _("Yes"))]

    def queryset(self, request, queryset):
        """The stores of the chosen group."""
        if self.value() not in ("no", "yes"):
            return queryset
        return queryset.filter(archived_at__isnull=self.value() == "no")


@admin.register(Store)
class StoreAdmin(ConfiguredAdmin):
    """Stores. Layers above put acts of their own into `actions`. Never deleted, only archived."""

    form = StoreForm
    actions = [open_store, close_store, last_orders, pause, resume, add_menu, archive, bring_back]
    store_path = "pk"
    fixed = ("slug",)
    list_display = ("name", "slug", "state", "drinks", "kind", "ends_on")
    list_filter = (Archived, "is_open", "kind")
    search_fields = ("name", "slug")
    readonly_fields = ("state", "menu", "pages", "timetable", "proven")
    fieldsets = (
        (None, {"fields": ("name", "slug", "language", "second_language", "kind")}),
        (
            _("Now"),
            {
                "fields": ("state", "menu", "pages"),
                "description": _(
                    "The buttons at the top of this page open, close and pause the store immediately."
                ),
            },
        ),
        (
            _("How much"),
            {
                "fields": ("capacity", "per_code", "per_day", "auto_pause"),
                "description": _("Changes apply from the next scan. Orders already placed are not affected."),
            },
        ),
        (_("Who may order"), {"fields": ("sign_in", "proven")}),
        (
            _("Time limits"),
            {
                "fields": ("code_s", "customer_s", "barista_s", "claim_s", "pickup_s", "warn_s", "late_s"),
                "description": _(
                    "In seconds. Limits already running keep their old value; only the queue’s changes "
                    "immediately."
                ),
            },
        ),
        (_("Days"), {"fields": ("timezone", "starts_on", "ends_on", "timetable")}),
    )

    def has_add_permission(self, request, obj=None) -> bool:
        """Only administrators make stores."""
        return request.user.is_superuser

    def has_delete_permission(self, request, obj=None) -> bool:
        """Never: its orders would be lost with it."""
        return False

    def get_queryset(self, request):
        """Stores with their number of drinks."""
        return super().get_queryset(request).annotate(drink_count=Count("drinks"))

    def get_fieldsets(self, request, obj=None):
        """A new store has no state yet, no hours, and no test code has arrived there."""
        if obj:
            return self.fieldsets
        later = {"timetable", "proven"}
        return [
            (name, options | {"fields": tuple(field for field in options["fields"] if field not in later)})
            for name, options in self.fieldsets
            if "state" not in options["fields"]
        ]

    @admin.display(description=_("state"))
    def state(self, store: Store) -> str:
        """Open, paused, closed or archived."""
        if store.archived_at:
            return gettext("archived")
        if not store.is_open:
            return gettext("closed")
        if store.paused_by_itself:
            return render_to_string("_paused_itself.html", {"store": store}).strip()
        return gettext("open, paused") if store.is_paused else gettext("open")

    @admin.display(description=_("drinks"), ordering="drink_count")
    def drinks(self, store: Store) -> int:
        """How many drinks are on the menu."""
        return store.drink_count  # type: ignore[attr-defined]  # see get_queryset

    @admin.display(description=_("menu"))
    def menu(self, store: Store) -> str:
        """Links to the store's menu."""
        query = f"?store__id__exact={store.pk}"
        return _links(
            (reverse("admin:config_drink_changelist") + query, gettext("Drinks")),
            (reverse("admin:config_modifiergroup_changelist") + query, gettext("Choices")),
            (reverse("admin:config_drink_add") + f"?store={store.pk}", gettext("Add a drink")),
            (reverse("admin:config_modifiergroup_add") + f"?store={store.pk}", gettext("Add a choice")),
        )

    @admin.display(description=_("pages"))
    def pages(self, store: Store) -> str:
        """Links to what people see of the store."""
        return _links(
            (f"/organise/{store.slug}/", gettext("Overview")),
            (f"/organise/{store.slug}/setup/bar/", gettext("Set-up, page by page")),
            (f"/organise/{store.slug}/figures/", gettext("Figures")),
            (f"/organise/{store.slug}/menu/", gettext("Menu as a file")),
            (f"/display/{store.slug}/", gettext("Display")),
            (f"/barista/{store.slug}/", gettext("Baristas")),
            (f"/s/{store.slug}/", gettext("Ordering")),
            (f"/display/{store.slug}/poster/", gettext("Poster")),
        )

    @admin.display(description=_("opening hours"))
    def timetable(self, store: Store) -> str:
        """When it opens and closes by itself, and a link to change that."""
        lines = [str(line) for line in store.hours.all()] or [gettext("None: opened and closed by hand.")]
        change = _links((f"/organise/{store.slug}/setup/hours/", gettext("Change")))
        return format_html_join("", "{}<br>", ((line,) for line in lines)) + change

    @admin.display(description=_("test codes"))
    def proven(self, store: Store) -> str:
        """Which ways to sign in were tested, and a link to test one."""
        tried = [str(way.label) for way in Store.SignIn if way != "guest" and store.proven(way)]
        said = ", ".join(tried) or gettext("None confirmed yet.")
        way = _links((f"/organise/{store.slug}/setup/sign-in/", gettext("Send yourself a test code")))
        return format_html("{} {}", said, way)


def _links(*pairs: tuple[str, str]) -> str:
    return format_html_join(" · ", '<a href="{}">{}</a>', pairs)
