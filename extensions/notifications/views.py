"""Agreeing to be notified, and withdrawing; for an order's owner."""

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from serverlesspresso.extension_api import orders
from serverlesspresso.extension_api.people import User, person
from serverlesspresso.extension_api.web import Request

from . import consent


@require_POST
@never_cache
def notify(request: Request, order_id: str) -> HttpResponse:
    """Change one choice, and answer with the new choices."""
    order, owner = _own(request, order_id)
    channel = request.POST.get("channel", "")
    if request.POST.get("on") == "yes":
        consent.agree(order, owner, channel, request.POST.get("subscription", ""))
    else:
        consent.take_back(order, owner, channel)
    if not request.htmx:
        return redirect("orders:order", order.id)
    return render(request, "notifications/_ask.html", consent.shown(order.id, order.store.slug, owner))


def _own(request: Request, order_id: str) -> tuple[orders.OrderView, User]:
    try:
        order = orders.seen(order_id, person(request))
    except orders.Unknown:
        raise Http404 from None
    owner = orders.owner(order_id)
    if order.staff or owner is None:
        raise Http404
    request.store = order.store
    return order, owner
