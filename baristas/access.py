"""Who may come behind the bar: staff of the store. Everybody else is told what to do instead."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django_htmx.http import HttpResponseClientRedirect

from config import lookup
from config.models import Store
from orders.models import Order
from serverlesspresso.accounts import permissions
from serverlesspresso.accounts.models import Role, User
from serverlesspresso.core.errors import Refusal
from serverlesspresso.web.error_pages import Request, count

from .shared_tablet import acting_user

STAFF = permissions.STAFF
MANAGERS = frozenset({Role.MANAGER})


class StaffRequest(Request):
    """A request of somebody who is signed in; `barista` is the person who acts, perhaps one of several who
    share the tablet."""

    user: User
    barista: User


def staff_required(allowed: frozenset[Role]) -> Callable:
    """Decorate a view that acts: it gets the store itself, and is called for these roles only.

    Somebody not signed in is led to the board, which says how to sign in; anybody else is refused (403).
    """

    def decorate(view: Callable) -> Callable:
        @never_cache
        @wraps(view)
        def guarded(request: Request, store: str, **kwargs) -> HttpResponse:
            place = lookup.store_or_404(store)
            if not request.user.is_authenticated:
                return to_board(request, place)
            try:
                permissions.require(request.user, place, allowed)
                request.barista = acting_user(request, place)  # type: ignore[attr-defined]  # a StaffRequest now
                return view(request, place, **kwargs)
            except Refusal as refusal:
                if request.htmx:
                    return refused(refusal)
                refusal.next_url = reverse("baristas:board", args=[place.slug])
                refusal.next_label = _("Back to the bar")
                raise

        return guarded

    return decorate


def refused(refusal: Refusal, order: Order | None = None, html: str = "") -> HttpResponse:
    """A refusal as a tablet shows it: the sentence above the lanes, which stay in place, followed by whatever
    must be updated."""
    count(refusal)
    sentence = render_to_string("baristas/_refused.html", {"refusal": refusal, "order": order})
    return HttpResponse(sentence + html, status=refusal.status)


def to_board(request: Request, store: Store) -> HttpResponse:
    """Make the browser load the store's board anew."""
    if request.htmx:
        return HttpResponseClientRedirect(reverse("baristas:board", args=[store.slug]))
    return redirect("baristas:board", store.slug)
