"""The barista app, for tablets: one page, and what its taps post. For staff only."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from baristas import presenters as bar
from baristas import topics
from baristas.access import MANAGERS, STAFF, StaffRequest, refused, staff_required, to_board
from baristas.actions import ACTIONS, cancel_reasons, new_series
from baristas.responses import done, text, yes
from baristas.shared_tablet import acting_user
from config import lookup, services
from config.models import Store
from orders import commands, staff_commands
from orders.models import Order, Status
from serverlesspresso.accounts import permissions, pins
from serverlesspresso.accounts.validators import clean_name
from serverlesspresso.core import clock
from serverlesspresso.core.errors import NotFound, Refusal
from serverlesspresso.events.log import publish
from serverlesspresso.web.error_pages import Request


@never_cache
@require_GET
def home(request: Request) -> HttpResponse:
    """Go to the person's store, or offer a choice of several."""
    if not request.user.is_authenticated:
        return render(request, "baristas/enter.html", {"store": None})
    stores = list(permissions.stores_of(request.user, STAFF))
    if len(stores) == 1:
        return redirect("baristas:board", stores[0].slug)
    return render(request, "baristas/home.html", {"stores": stores}, status=200 if stores else 403)


@never_cache
@require_GET
def board(request: Request, store: str) -> HttpResponse:
    """The whole screen; for a page that polls because its socket is down, only the out-of-band swaps."""
    place = lookup.store_or_404(store)
    role = permissions.role_at(request.user.pk, place)
    if role not in STAFF:
        return _not_staff(request, place)
    beat = {
        "head": publish.latest_sequence(place.slug),
        "at": clock.screen_time(),
        "now": clock.now(),
        "oob": True,
    }
    if request.htmx:
        return HttpResponse(topics.snapshot(place) + render_to_string("_pulse.html", beat))
    page = {
        "role": role,
        "reasons": cancel_reasons(),
        "barista": acting_user(request, place),
        "crew": [each for each in pins.staff(place) if each.pin],
        **beat,
        **bar.everything(place),
    }
    return render(request, "baristas/board.html", page)


def _not_staff(request: Request, store: Store) -> HttpResponse:
    if request.htmx:
        return to_board(
            request, store
        )  # a tablet that was signed out or lost its role: load the page that says so
    if request.user.is_authenticated:
        return render(request, "baristas/not_staff.html", {"store": store}, status=403)
    return render(request, "baristas/enter.html", {"store": store})


@require_POST
@staff_required(STAFF)
def act(request: StaffRequest, store: Store, order: str, act: str) -> HttpResponse:
    """One tap on a ticket. If it came too late: 409, with the ticket as it is now and who was first."""
    found = Order.objects.select_related("store", "barista", "customer").filter(pk=order, store=store).first()
    action = ACTIONS.get(act)
    if found is None or action is None:
        raise NotFound(_("There is no such order at this store."), code="not_found")
    before, waited = found.barista_id, found.status == Status.QUEUED
    try:
        sent = action.takes(request.POST) if action.takes else {}
        changed = action.do(found, by=request.barista, **sent) or found
    except Refusal as refusal:
        if not request.htmx:
            raise
        return refused(refusal, found, topics.changed(store, {found.pk}))
    said = action.said % {"number": found.number or found.drink}
    strip = {"said": said, "undo": action.undo, "orders": [changed], "to": before}
    if waited and act == "complete":
        strip["undo"] = "put-back"
    return done(request, store, topics.changed(store, {found.pk, changed.pk}), strip)


@require_POST
@staff_required(STAFF)
def pause(request: StaffRequest, store: Store) -> HttpResponse:
    """Take no new orders for a while, or take them again."""
    store = services.set_status(store, paused=yes(request, "paused"))
    return done(request, store, topics.state(store))


@require_POST
@staff_required(MANAGERS)
def open_or_close(request: StaffRequest, store: Store) -> HttpResponse:
    """Open the store, or close it, finishing live orders or cancelling them all."""
    if yes(request, "open"):
        store = services.set_status(store, open=True)
    else:
        store = commands.close_store(
            store, by=request.barista, cancel_live=request.POST.get("live") == "cancel"
        )
    return done(request, store, topics.snapshot(store))


@require_POST
@staff_required(STAFF)
def availability(request: StaffRequest, store: Store) -> HttpResponse:
    """Mark a drink or an option as sold out, or as back."""
    drink, option = text(request, "drink"), text(request, "option")
    services.set_available(store, drink, yes(request, "available"), option or None)
    return done(request, store, topics.snapshot(store))


@require_POST
@staff_required(STAFF)
def new_code(request: StaffRequest, store: Store) -> HttpResponse:
    """Put a new QR code on the screens now."""
    commands.new_code(store)
    said = {"said": _("A new QR code is on the screens.")}
    return done(request, store, render_to_string("baristas/_bar_notices.html", bar.aside(store)), said)


@require_POST
@staff_required(STAFF)
def free_places(request: StaffRequest, store: Store) -> HttpResponse:
    """Free the places of people who have been choosing for long; those who have chosen by now keep theirs."""
    freed = staff_commands.free_places(store, by=request.barista)
    said = ngettext("%(count)d place is free again.", "%(count)d places are free again.", len(freed))
    html = topics.changed(store, {order.pk for order in freed})
    html += render_to_string("baristas/_bar_notices.html", bar.aside(store))
    return done(request, store, html, {"said": said % {"count": len(freed)}})


@require_POST
@staff_required(MANAGERS)
def series(request: StaffRequest, store: Store) -> HttpResponse:
    """Begin a new series of numbers at 1; orders that have a number keep it and come first."""
    new_series(store)
    return done(request, store, render_to_string("baristas/_bar_notices.html", bar.aside(store)))


@require_POST
@staff_required(STAFF)
def walk_up(request: StaffRequest, store: Store) -> HttpResponse:
    """Type in an order for somebody without a phone."""
    chosen = [
        option
        for field in request.POST
        if field.startswith("group-")
        for option in request.POST.getlist(field)
    ]
    name = text(request, "name")
    order = commands.walk_up(
        store,
        by=request.barista,
        drink=text(request, "drink"),
        modifiers=chosen,
        name=clean_name(name) if name else "",
    )
    said = _("%(drink)s has been ordered.") % {"drink": bar.Menu(store).ticket(order).drink}
    strip = {"said": said, "undo": "cancel", "orders": [order]}
    return done(request, store, topics.changed(store, {order.pk}), strip)
