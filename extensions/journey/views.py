"""The journey's page."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from serverlesspresso.extension_api import clock, orders
from serverlesspresso.extension_api.bus import latest_sequence
from serverlesspresso.extension_api.people import person
from serverlesspresso.extension_api.web import Request

from . import context


@require_safe
@never_cache
def journey(request: Request, order_id: str) -> HttpResponse:
    """How an order went, or is going: for its owner, and with more detail for the store's staff."""
    try:
        view = orders.seen(order_id, person(request))
    except orders.Unknown:
        raise Http404 from None
    request.store = view.store
    shown = {"head": latest_sequence(view.store.slug), "at": clock.screen_time()}
    if request.htmx:
        return HttpResponse(context.poll(view))
    with timezone.override(view.store.zone):
        return render(
            request,
            "journey/journey.html",
            context.of(view) | shown | {"hears": request.user.is_authenticated},
        )
