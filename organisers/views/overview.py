"""The organisers' pages: their stores, how one is doing, and what can be done about it."""

from collections.abc import Callable, Mapping

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from config import services
from config.models import Store
from orders import commands
from orders.capacity_advice import advice
from organisers import overview as looking
from organisers import setup_steps, topics
from organisers.access import ManagerRequest, managed, signed_in
from serverlesspresso.accounts import permissions
from serverlesspresso.accounts.models import User
from serverlesspresso.core import clock
from serverlesspresso.core.errors import Invalid, Refusal, invalid_field
from serverlesspresso.core.typed_text import whole
from serverlesspresso.events.log import publish
from serverlesspresso.web.error_pages import shown


@require_GET
@signed_in
def home(request: ManagerRequest) -> HttpResponse:
    """The stores somebody manages, archived ones last; an administrator with none begins one."""
    stores = permissions.managed_by(request.user).order_by("archived_at", "name")
    if not stores and request.user.is_superuser:
        return redirect("organisers:new")
    status = 200 if stores else 403
    return render(request, "organisers/home.html", {"stores": stores}, status=status)


@require_GET
@managed
def overview(request: ManagerRequest, store: Store) -> HttpResponse:
    """How the bar is doing, live; for a page that polls because its socket is down, only the out-of-band
    swap."""
    beat = {
        "head": publish.latest_sequence(store.slug),
        "at": clock.screen_time(),
        "now": clock.now(),
        "oob": True,
    }
    if request.htmx:
        return HttpResponse(topics.frame(store) + render_to_string("_pulse.html", beat))
    with timezone.override(store.zone):
        page = {**beat, **looking.context(store), "missing": setup_steps.missing(store)}
        return render(request, "organisers/overview.html", page)


# -- acts ------------------------------------------------------------------------------------------

Sent = Mapping[str, str]


def _last_orders(store: Store, _by: User, sent: Sent) -> None:
    minutes = whole(sent.get("minutes", ""))
    if minutes is None:
        raise _not_understood("minutes")
    services.call_last_orders(store, minutes)


def _available(store: Store, _by: User, sent: Sent) -> None:
    if sent.get("available") not in ("yes", "no"):
        raise _not_understood("available")
    drink, option = (sent.get(key, "").replace("\0", "") for key in ("drink", "option"))
    services.set_available(store, drink, sent["available"] == "yes", option or None)


def _follow_advice(store: Store, _by: User, _sent: Sent) -> None:
    """Apply the advice as it is now: it may have changed since the manager read it."""
    if found := advice(store):
        services.set_per_code(store, found.per_code)


def _not_understood(field: str) -> Invalid:
    return invalid_field(field, _("This page sent something we do not understand. Reload it and try again."))


ACTS: dict[str, Callable[[Store, User, Sent], object]] = {
    "open": lambda store, _by, _sent: services.set_status(store, open=True),
    "close": lambda store, by, _sent: commands.close_store(store, by=by),
    "close-and-cancel": lambda store, by, _sent: commands.close_store(store, by=by, cancel_live=True),
    "pause": lambda store, _by, _sent: services.set_status(store, paused=True),
    "resume": lambda store, _by, _sent: services.set_status(store, paused=False),
    "new-code": lambda store, _by, _sent: commands.new_code(store),
    "last-orders": _last_orders,
    "availability": _available,
    "follow-advice": _follow_advice,
}


@require_POST
@managed
def act(request: ManagerRequest, store: Store, deed: str) -> HttpResponse:
    """One tap on the overview: calls the function behind it, and answers with the new overview."""
    if deed not in ACTS or store.archived_at:
        raise Http404
    try:
        ACTS[deed](store, request.user, request.POST)
    except Refusal as refusal:
        if not request.htmx:
            raise
        return _refused(refusal, store)
    if not request.htmx:
        return redirect("organisers:overview", store.slug)
    return HttpResponse(topics.frame(Store.objects.get(pk=store.pk)))


def _refused(refusal: Refusal, store: Store) -> HttpResponse:
    """The refusal for the page's notice, and the overview as it is."""
    html = render_to_string("_refusal.html", {"refusal": shown(refusal, store, lead=False)})
    return HttpResponse(html + topics.frame(Store.objects.get(pk=store.pk)), status=refusal.status)
