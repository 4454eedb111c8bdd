"""The journey's page."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from orders import public
from serverlesspresso.accounts.identity import person
from serverlesspresso.core import clock
from serverlesspresso.events.log import publish
from serverlesspresso.web.error_pages import Request

from . import context


@require_safe
@never_cache
def journey(request: Request, order_id: str) -> HttpResponse:
    """How an order went, or goes; for its owner, and with more in it for the store's staff."""
    try:
        view = public.seen(order_id, person(request))
    except public.Unknown:
        raise Http404 from None
    request.store = view.store
    shown = {"head": publish.latest_sequence(view.store.slug), "at": clock.screen_time()}
    if request.htmx:
        return HttpResponse(context.poll(view))
    with timezone.override(view.store.zone):
        return render(
            request,
            "journey/journey.html",
            context.of(view) | shown | {"hears": request.user.is_authenticated},
        )
