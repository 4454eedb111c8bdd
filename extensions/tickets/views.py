"""Tickets on a page: to print from any device, to print again, and to see what was not printed."""

import datetime as dt

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from serverlesspresso.extension_api import clock, orders
from serverlesspresso.extension_api.outbox import State
from serverlesspresso.extension_api.people import is_staff
from serverlesspresso.extension_api.stores import Store, store_or_404
from serverlesspresso.extension_api.web import Request

from . import layout, requests
from .layout import Paper
from .models import Printer, Ticket

_RECENT = dt.timedelta(minutes=30)
_FAILED = (State.FAILED, State.UNKNOWN)
_STOP_POLLING = 286


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def ticket(request: Request, order_id: str) -> HttpResponse:
    """An order's ticket, to print from this device; a POST prints it on the store's printers again."""
    order = _order(request, order_id)
    if request.method == "POST":
        requests.again(order)
        return redirect("tickets:recent", order.store.slug)
    paper = request.GET.get("paper", Paper.MM80)
    shown = {
        "ticket": layout.of(order),
        "order": order,
        "paper": paper if paper in Paper.values else Paper.MM80.value,
        "papers": Paper.choices,
        "printers": Printer.objects.filter(store=order.store, is_on=True).exists(),
    }
    return render(request, "tickets/ticket.html", shown)


@require_safe
@never_cache
def recent(request: Request, store: str) -> HttpResponse:
    """What was printed in the last half hour, and what was not."""
    found = _store(request, store)
    tickets = Ticket.objects.filter(store=found.slug, created_at__gt=clock.now() - _RECENT)
    shown = {
        "store": found,
        "tickets": tickets.select_related("printer")[:100],
        "printers": Printer.objects.filter(store=found),
        "failed": _FAILED,
    }
    return render(request, "tickets/recent.html", shown)


@require_safe
@never_cache
def failed(request: Request, store: str) -> HttpResponse:
    """For the barista's board: recently failed tickets. Without a printer it stops polling."""
    found = _store(request, store)
    if not Printer.objects.filter(store=found, is_on=True).exists():
        return HttpResponse(status=_STOP_POLLING)
    lost = Ticket.objects.filter(store=found.slug, state__in=_FAILED, created_at__gt=clock.now() - _RECENT)
    numbers = sorted({each for each in lost.values_list("number", flat=True) if each})
    return render(request, "tickets/_failed.html", {"store": found, "numbers": numbers})


def _order(request: Request, order_id: str) -> orders.OrderView:
    """The order, for staff; even a barista's own drink gets a ticket."""
    try:
        order = orders.look(order_id)
    except orders.Unknown:
        raise Http404 from None
    if not is_staff(request.user.pk, order.store):
        raise Http404
    request.store = order.store
    return order


def _store(request: Request, slug: str) -> Store:
    found = store_or_404(slug, archived=True)
    if not is_staff(request.user.pk, found):
        raise Http404
    request.store = found
    return found
