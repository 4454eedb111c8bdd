"""Subscribers and what they could not take, in the admin: for superusers."""

import json

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import unquote
from django.contrib.admin.widgets import AdminSplitDateTime
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from serverlesspresso.core.admin_lookups import OnlyItsFilters
from serverlesspresso.events.models import Parked, Stream, Subscription

from . import dead_letters, offsets
from .subscribers import subscriber


class ReadOnlyAdmin(OnlyItsFilters, admin.ModelAdmin):
    """To look at, and to act on by what the domain offers."""

    show_full_result_count = False

    def has_add_permission(self, request) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        """Never: that is what the acts are for."""
        return False

    def has_delete_permission(self, request, obj=None) -> bool:
        return False

    def has_act_permission(self, request) -> bool:
        return request.user.is_superuser


class ReplayForm(forms.Form):
    """From where to hand over again."""

    store = forms.ChoiceField(label=gettext_lazy("Store"), required=False)
    sequence = forms.IntegerField(
        label=gettext_lazy("From number"),
        min_value=1,
        max_value=2**62,
        required=False,
        help_text=gettext_lazy("The place in the store's log. 1 is the beginning."),
    )
    since = forms.SplitDateTimeField(
        label=gettext_lazy("or from the time"),
        required=False,
        widget=AdminSplitDateTime,
        help_text=gettext_lazy("In UTC."),
    )

    def __init__(self, *args):
        super().__init__(*args)
        stores = Stream.objects.order_by("store").values_list("store", flat=True)
        self.fields["store"].choices = [("", _("All stores")), *((store, store) for store in stores)]  # type: ignore[attr-defined]

    def clean(self):
        """One beginning, not two, and not none."""
        given = super().clean()
        if not self.errors and (given.get("sequence") is None) == (given.get("since") is None):
            raise forms.ValidationError(_("Enter either a number or a time."))
        return given


@admin.register(Subscription)
class SubscriptionAdmin(ReadOnlyAdmin):
    """Who hears of what happens, and how far each is."""

    list_display = ("name", "behind", "since", "retries", "dead", "paused_at")
    fields = ("name", "installed", "hears", "behind", "since", "places", "retries", "dead", "paused_at")
    readonly_fields = fields
    actions = ["pause", "resume"]
    change_form_template = "admin/events/subscription/change_form.html"

    def get_urls(self):
        """The page from which a replay is started."""
        replay = self.admin_site.admin_view(self.replay)
        return [path("<path:name>/replay/", replay, name="events_subscription_replay"), *super().get_urls()]

    def render_change_form(self, request, context, *args, **kwargs):
        """Tell the page what it offers."""
        row = kwargs["obj"]
        act = ("resume", _("Resume")) if row.paused_at else ("pause", _("Pause"))
        context["act"] = act if self.has_act_permission(request) else None
        context["selected"] = ACTION_CHECKBOX_NAME
        return super().render_change_form(request, context, *args, **kwargs)

    # -- what is shown -------------------------------------------------------------------------

    @admin.display(description=gettext_lazy("installed"), boolean=True)
    def installed(self, row: Subscription) -> bool:
        """Whether there is such a subscriber; its app may have been taken away."""
        return subscriber(row.name) is not None

    @admin.display(description=gettext_lazy("listens to"))
    def hears(self, row: Subscription) -> str:
        """The types of events."""
        found = subscriber(row.name)
        return ", ".join(found.patterns) if found else ""

    @admin.display(description=gettext_lazy("events behind"))
    def behind(self, row: Subscription) -> int:
        return offsets.lag([row.name])[row.name].events

    @admin.display(description=gettext_lazy("waiting since"))
    def since(self, row: Subscription):
        """When the first of them happened."""
        return offsets.lag([row.name])[row.name].since

    @admin.display(description=gettext_lazy("being retried"))
    def retries(self, row: Subscription) -> int:
        """Events that failed, and those of their orders that wait behind them."""
        return row.parked.filter(dead_at=None).count()

    @admin.display(description=gettext_lazy("dead letters"))
    def dead(self, row: Subscription) -> int:
        """Events that it never took."""
        return row.parked.exclude(dead_at=None).count()

    @admin.display(description=gettext_lazy("position in each log"))
    def places(self, row: Subscription) -> str:
        heads = dict(Stream.objects.values_list("store", "sequence"))
        at = row.cursors.order_by("store").values_list("store", "sequence")
        return format_html_join("\n", "<div>{}: {} / {}</div>", ((s, n, heads.get(s, 0)) for s, n in at))

    # -- what is done --------------------------------------------------------------------------

    @admin.action(description=gettext_lazy("Pause"), permissions=["act"])
    def pause(self, request, queryset):
        """Hand over nothing more."""
        self._each(request, queryset, offsets.pause, _("%s is paused; new events are kept for it."))

    @admin.action(description=gettext_lazy("Resume"), permissions=["act"])
    def resume(self, request, queryset):
        self._each(request, queryset, offsets.resume, _("%s resumes where it stopped."))

    def _each(self, request, rows, act, text: str) -> None:
        for row in rows:
            act(row.name)
            self.log_change(request, row, text % row.name)
            messages.success(request, text % row.name)

    def replay(self, request, name: str):
        """Ask from where, then hand over again."""
        if not self.has_act_permission(request):
            raise PermissionDenied
        row = self.get_object(request, unquote(name))
        if row is None:
            raise Http404
        form = ReplayForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            given = form.cleaned_data
            again = offsets.replay(
                row.name, store=given["store"], sequence=given["sequence"] or 1, since=given["since"]
            )
            text = (
                ngettext("%d event will be delivered again.", "%d events will be delivered again.", again)
                % again
            )
            self.log_change(request, row, text)
            messages.success(request, text)
            return HttpResponseRedirect(reverse("admin:events_subscription_change", args=[name]))
        known = subscriber(row.name)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Replay to %s") % row.name,
            "opts": self.opts,
            "original": row,
            "form": form,
            "forgets": bool(known and known.reset),
        }
        return TemplateResponse(request, "admin/events/subscription/replay.html", context)


class GivenUpFilter(admin.SimpleListFilter):
    """Dead letters, or what is still being retried."""

    title = gettext_lazy("state")
    parameter_name = "given_up"

    def lookups(self, request, model_admin):
        return [("yes", _("dead letter")), ("no", _("being retried"))]

    def queryset(self, request, queryset):
        return queryset.filter(dead_at__isnull=self.value() == "no") if self.value() else queryset


@admin.register(Parked)
class ParkedAdmin(ReadOnlyAdmin):
    """What a subscriber could not take, why, and what it was."""

    list_display = ("subscription", "store", "sequence", "kind", "order", "attempts", "reason", "dead_at")
    list_filter = (GivenUpFilter, "subscription")
    list_select_related = ("event", "subscription")
    fields = (
        *("subscription", "store", "sequence", "kind", "order", "payload", "attempts", "next_at", "dead_at"),
        *("reason", "where"),
    )
    readonly_fields = fields
    actions = ["redrive", "discard"]

    @admin.display(description=gettext_lazy("event"))
    def kind(self, row: Parked) -> str:
        return row.event.type

    @admin.display(description=gettext_lazy("data"))
    def payload(self, row: Parked) -> str:
        return json.dumps(row.event.data, ensure_ascii=False)

    @admin.display(description=gettext_lazy("where it failed"))
    def where(self, row: Parked) -> str:
        """The end of the traceback, line by line."""
        return format_html_join("", "<div>{}</div>", ((line,) for line in row.traceback.splitlines()))

    @admin.action(description=gettext_lazy("Deliver again"), permissions=["act"])
    def redrive(self, request, queryset):
        """Dead letters, as if they had never failed. All of them: choose all in the list."""
        number = dead_letters.redrive(queryset.order_by())
        text = ngettext("%d will be delivered again.", "%d will be delivered again.", number)
        messages.success(request, text % number)

    @admin.action(description=gettext_lazy("Discard"), permissions=["act"])
    def discard(self, request, queryset):
        """Dead letters that nobody needs; asked once more."""
        if "sure" not in request.POST:
            kept = [(k, v) for k, vs in request.POST.lists() if k != "csrfmiddlewaretoken" for v in vs]
            context = {
                **self.admin_site.each_context(request),
                "title": _("Discard"),
                "question": _("The subscriber will not get these events unless you replay them."),
                "things": queryset.exclude(dead_at=None)[:100],
                "opts": self.opts,
                "kept": kept,
            }
            return TemplateResponse(request, "admin/confirm_act.html", context)
        number = dead_letters.discard(queryset.order_by())
        messages.success(request, ngettext("%d was discarded.", "%d were discarded.", number) % number)
        return None
