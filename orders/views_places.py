"""Ways to a place beside scanning: the waiting list, and invitations."""

from allauth.core import ratelimit
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from serverlesspresso import clock
from serverlesspresso.accounts.person import person
from serverlesspresso.accounts.where import Way
from serverlesspresso.errors import TooMany
from serverlesspresso.events import publisher
from serverlesspresso.refusals import Request

from . import admission, bar_context, context, invites, waiting
from .models import Invite, Order
from .views import sign_in, store_or_404


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def waiting_list(request: Request, slug: str) -> HttpResponse:
    """My turn on the waiting list; a POST puts me on it."""
    request.store = found = store_or_404(slug)
    who = person(request)
    here = reverse("orders:waiting", args=[found.slug])
    if request.method == "POST":
        if not Way(found).lets_in(request.user):
            return sign_in(found, f"{here}?ask=yes")
        _consume(request, "waiting", _("Very many people ask at once. Please try again in a minute."))
        waiting.ask(found, who)
        return redirect(here)
    turn = waiting.last_of(found, who)
    if turn is None:
        asks = "ask" in request.GET and Way(found).lets_in(request.user)
        return render(request, "orders/ask.html", {"store": found, "asks": asks})
    head = publisher.head(found.slug)
    if request.htmx:
        return HttpResponse(bar_context.render_turn(turn.pk) + context.pulse(head))
    shown = {**bar_context.of_turn(turn), "head": head, "at": clock.screen_time()}
    with timezone.override(found.zone):
        return render(request, "orders/turn.html", shown)


@require_POST
@never_cache
def leave(request: Request, slug: str) -> HttpResponse:
    """Off the waiting list, back to the bar's page."""
    request.store = found = store_or_404(slug)
    if turn := waiting.turn_of(found, person(request)):
        waiting.leave(turn)
    if request.htmx:
        return HttpResponseClientRedirect(reverse("orders:store", args=[found.slug]))
    return redirect("orders:store", found.slug)


@require_POST
@never_cache
def digits(request: Request, slug: str) -> HttpResponse:
    """Six digits, as a barista reads them aloud, lead to the invitation they stand for."""
    request.store = found = store_or_404(slug)
    too_often = _("That was tried very often just now. Please ask at the bar.")
    _consume(request, "invite", too_often, key=found.slug)
    return redirect("orders:invite", invites.by_digits(found, request.POST.get("digits", "")).pk)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def invite(request: Request, token: str) -> HttpResponse:
    """The link of an invitation. Looking at it uses nothing up; its form does."""
    who = person(request)
    mine = Invite.objects.filter(pk=token, order__in=admission.orders_of(who)).first()
    if mine:
        return redirect("orders:order", mine.order_id)  # sent twice, or come back to
    found = invites.by_token(token)
    request.store = found.store
    if request.method != "POST":
        return render(request, "orders/invite.html", {"store": found.store, "invite": found})
    if not Way(found.store).lets_in(request.user):
        return sign_in(found.store, request.path)
    order: Order = admission.invite(found, who)
    return redirect("orders:order", order.pk)


def _consume(request: Request, action: str, text: str, key: str | None = None) -> None:
    if not ratelimit.consume(request, action=action, key=key):
        raise TooMany(text, code="too_often")
