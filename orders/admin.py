"""Orders in the admin: read-only, with acts that call the same functions as everywhere else."""

from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import ActionForm
from django.db.models import Q
from django.template.defaultfilters import yesno
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from config.admin import OF_MY_STORES, StoreAdmin, local
from config.admin.actions import AdminActionsMixin, admin_action
from config.admin.object_permissions import ReadOnly, StoreScoped
from serverlesspresso.core.typed_text import narrow
from serverlesspresso.events.models import Event

from . import commands, counting, queries
from .models import Order, Queue, Status
from .reasons import PRESETS, text_of

_LARGEST = 2**31 - 1
_MOMENTS = ("created", "submitted", "queued", "claimed", "completed", "finished")

# -- acts on orders --------------------------------------------------------------------------------


@admin_action(_("Cancel the order"), offered=lambda order: not order.is_terminal, careful=True)
def cancel(order, request):
    """Cancel for the reason chosen beside the button; the owner sees it."""
    reason = request.POST.get("reason", "")
    commands.cancel(order, by=request.user, reason=reason if reason in PRESETS else "other")


@admin_action(_("Make it again"), offered=lambda order: order.status in (Status.READY, Status.COLLECTED))
def remake(order, request):
    """A new order, in the place of the old one."""
    commands.remake(order, by=request.user)


@admin_action(
    _("Allow the customer one more drink today"), offered=lambda order: order.customer_id is not None
)
def one_more(order, request):
    """Beyond the daily limit."""
    commands.grant_one_more(order, by=request.user)


class ReasonForm(ActionForm):
    """The reason for cancelling, beside the acts."""

    reason = forms.ChoiceField(
        label=_("Reason, if you cancel:"),
        choices=[("other", _("no reason given")), *PRESETS.items()],
        required=False,
    )


@admin.register(Order)
class OrderAdmin(ReadOnly, StoreScoped, AdminActionsMixin, admin.ModelAdmin):
    """Orders, newest first. No field can be edited; nothing is deleted."""

    actions = [cancel, remake, one_more]
    action_form = ReasonForm
    list_display = ("title", "status", "what", "name", "store", "barista", "created")
    list_filter = ("status", OF_MY_STORES, ("scan_day", admin.DateFieldListFilter), "source")
    list_select_related = ("store", "barista", "customer")
    search_fields = ("number",)
    search_help_text = _("The number on the board, or the order's long id.")
    show_full_result_count = False
    fieldsets = (
        (None, {"fields": ("store", "series", "number", "status", "why")}),
        (_("The drink"), {"fields": ("what", "name", "customer", "source", "again")}),
        (_("When"), {"fields": ("barista", *_MOMENTS)}),
        (_("Its history"), {"fields": ("life",)}),
    )
    readonly_fields = ("why", "what", "again", "life", *_MOMENTS)
    created = local("created_at", _("created"))
    submitted = local("submitted_at", _("submitted"))
    queued = local("queued_at", _("queued"))
    claimed = local("claimed_at", _("claimed"))
    completed = local("completed_at", _("ready"))
    finished = local("finished_at", _("finished"))

    def get_search_results(self, request, queryset, search_term):
        """By number, as people say it, or by id."""
        term = narrow(search_term).removeprefix("#")
        if not term:
            return queryset, False
        found = Q(pk=term)
        if term.isdecimal() and len(term) <= len(str(_LARGEST)) and int(term) <= _LARGEST:
            found |= Q(number=int(term))
        return queryset.filter(found), False

    @admin.display(description=_("number"), ordering="number", empty_value="–")
    def title(self, order: Order) -> int | None:
        """What the board shows."""
        return order.number

    @admin.display(description=_("drink"), ordering="drink")
    def what(self, order: Order) -> str:
        """The drink and its modifiers."""
        return ", ".join((order.drink, *order.modifiers))

    @admin.display(description=_("reason"))
    def why(self, order: Order) -> str:
        """Why it ended, as its owner reads it."""
        return text_of(order)

    @admin.display(description=_("made again for"))
    def again(self, order: Order) -> str:
        """The order this is a remake of."""
        return str(order.remake_of or "")

    @admin.display(description=_("events"))
    def life(self, order: Order) -> str:
        """Every event of the order, in the store's own time."""
        events = Event.objects.filter(order=order.pk).order_by("sequence")
        with timezone.override(order.store.zone):
            rows = [(event, [(key, _plain(value)) for key, value in event.data.items()]) for event in events]
            return render_to_string("admin/orders/order/_life.html", {"order": order, "rows": rows})


def _plain(value) -> str:
    if isinstance(value, list):
        return ", ".join(value)
    if isinstance(value, bool):
        return str(yesno(value))
    return "" if value is None else str(value)


# -- acts on stores that have to do with orders ----------------------------------------------------


def _asks_cancel(stores) -> str:
    live = sum(queries.live_count(store) for store in stores)
    text = ngettext(
        "%(count)d order is in progress. It will be cancelled and the customer told.",
        "%(count)d orders are in progress. They will be cancelled and the customers told.",
        live,
    )
    return text % {"count": live}


@admin_action(
    _("Close the store, cancel its orders"),
    offered=lambda store: store.is_open or queries.live_count(store) > 0,
    asks=_asks_cancel,
)
def close_and_cancel(store, request):
    """Cancel what nobody will make any more, at the end of the day."""
    commands.close_store(store, by=request.user, cancel_live=True)


def _asks_series(stores) -> str:
    return ngettext(
        "The next order will be number 1. Waiting orders keep their numbers and come first.",
        "The next order of each store will be number 1. Waiting orders keep their numbers and come first.",
        len(stores),
    )


@admin_action(
    _("Start a new series of numbers at 1"),
    offered=lambda store: Queue.objects.filter(pk=store.pk, last_number__gt=0).exists(),
    asks=_asks_series,
)
def start_series(store, request):
    """For a new day."""
    counting.start_series(store)


StoreAdmin.actions = [*StoreAdmin.actions, close_and_cancel, start_series]
