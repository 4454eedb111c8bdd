"""Ways to a place besides scanning: the waiting list and invitations."""

from allauth.core import ratelimit
from allauth.core.internal import ratelimit as rates
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from config import lookup
from config.models import Store
from display import wall_proof as proofs
from orders import admission, bar_presenters, invitations, presenters
from orders import waiting_list as waiting
from orders.models import Invite, Order
from serverlesspresso.accounts.identity import Person, network, person
from serverlesspresso.accounts.sign_in.flow import SignInFlow
from serverlesspresso.core import clock, typed_text
from serverlesspresso.core.errors import Bound, NotFound, RateLimited
from serverlesspresso.events.log import publish
from serverlesspresso.web.error_pages import Request

from .ordering import offering_to_wait, sign_in

_SEEN_MOST = 100
"""No proof and no token is longer."""


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def waiting_list(request: Request, slug: str) -> HttpResponse:
    """Somebody's turn on the waiting list; a POST puts them on it."""
    request.store = found = lookup.store_or_404(slug)
    who = person(request)
    if request.method == "POST":
        return _ask(request, found, who)
    seen = request.GET.get("seen", "")[:_SEEN_MOST]
    turn = waiting.entry_of(found, who) if seen else waiting.last_of(found, who)
    if turn is None:
        return render(request, "orders/ask.html", {"store": found, "seen": seen})
    head = publish.latest_sequence(found.slug)
    if request.htmx:
        return HttpResponse(bar_presenters.render_turn(turn.pk) + presenters.pulse(head))
    shown = {**bar_presenters.of_turn(turn), "head": head, "at": clock.screen_time()}
    with timezone.override(found.zone):
        return render(request, "orders/turn.html", shown)


def _ask(request: Request, found: Store, who: Person) -> HttpResponse:
    seen = request.POST.get("seen", "")[:_SEEN_MOST]
    here = reverse("orders:waiting", args=[found.slug])
    if not SignInFlow(found).lets_in(request.user):
        if not waiting.entry_of(found, who):
            waiting.check_seen(found, seen)
        return sign_in(found, f"{here}?{urlencode({'seen': seen})}")
    _consume(request, "waiting", _("We’re very busy right now. Please try again in a minute."))
    waiting.join(found, who, seen, network=network(request))
    return redirect(here)


@require_POST
@never_cache
def leave(request: Request, slug: str) -> HttpResponse:
    """Leave the waiting list, and go back to the bar's page."""
    request.store = found = lookup.store_or_404(slug)
    if turn := waiting.entry_of(found, person(request)):
        waiting.leave(turn)
    if request.htmx:
        return HttpResponseClientRedirect(reverse("orders:store", args=[found.slug]))
    return redirect("orders:store", found.slug)


@require_POST
@never_cache
def digits(request: Request, slug: str) -> HttpResponse:
    """Six digits lead to an invitation read aloud by a barista, or, from the wall, to the waiting list.

    Wrong ones count. Somebody guessing keeps out nobody who has just been given digits.
    """
    request.store = found = lookup.store_or_404(slug)
    number = typed_text.digits(request.POST.get("digits", "")[:_SEEN_MOST])
    _consume(request, "digits", _("That was tried too often just now. Please try again in a minute."))
    wrong = rates.consume(request, app="allauth.account", action="digits_wrong", key=found.slug)
    try:
        there = reverse("orders:invite", args=[invitations.by_digits(found, number, fresh=not wrong).pk])
    except NotFound as refusal:
        proof = proofs.by_digits(found, number)
        if not proof and not wrong:
            raise _guessed() from refusal
        if not proof:
            raise
        there = f"{reverse('orders:waiting', args=[found.slug])}?{urlencode({'seen': proof})}"
    if wrong:
        wrong.rollback()  # right ones do not count as guesses
    return redirect(there)


def _guessed() -> Bound:
    text = _(
        "Too many wrong codes were typed just now. Ask at the bar for a new one, and type it "
        "within two minutes."
    )
    return Bound(text, code="too_often", bound="digits")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def invite(request: Request, token: str) -> HttpResponse:
    """The link of an invitation. A GET uses nothing up; its form does."""
    who = person(request)
    mine = Invite.objects.filter(pk=token, order__in=admission.orders_of(who)).first()
    if mine:
        return redirect("orders:order", mine.order_id)  # sent twice, or reopened
    found = invitations.by_token(token)
    request.store = found.store
    if request.method != "POST":
        return render(request, "orders/invite.html", {"store": found.store, "invite": found})
    if not SignInFlow(found.store).lets_in(request.user):
        return sign_in(found.store, request.path)
    with offering_to_wait(found.pk):
        order: Order = admission.invite(found, who)
    return redirect("orders:order", order.pk)


def _consume(request: Request, action: str, text: str, key: str | None = None) -> None:
    if not ratelimit.consume(request, action=action, key=key):
        raise RateLimited(text, code="too_often")
