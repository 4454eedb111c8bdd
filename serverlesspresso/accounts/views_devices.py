"""Screens and tablets: what an unpaired one shows, and where staff pair and unpair them."""

from allauth.core.internal import ratelimit  # the public one counts no GETs
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from config import lookup
from config.models import Store
from serverlesspresso.core import urls
from serverlesspresso.core.errors import RateLimited, Refusal

from . import devices, permissions
from .guests import BACKEND
from .models import Pairing, Role
from .sign_in.flow import is_safe

SESSION_S = 400 * 86_400
"""How long a screen stays signed in: the longest that browsers keep a cookie."""
_KEY = "pairing"
_MAY_LOOK: dict[str, frozenset[Role]] = {
    Role.DISPLAY: permissions.READ_BOARD,
    Role.BARISTA: permissions.STAFF,
}


def _page_of(slug: str, role: str) -> str:
    return f"/{role}/{slug}/"


@never_cache
@require_http_methods(["GET", "HEAD"])
def pair(request, store: str, role: str) -> HttpResponse:
    """On the screen itself: a large code, until staff have confirmed it."""
    if role not in devices.PAIRABLE:
        raise Http404
    bar = request.store = lookup.store_or_404(store)
    if permissions.role_at(request.user.pk, bar) in _MAY_LOOK[role]:
        return redirect(_page_of(store, role))
    shown = _current(request, bar, role)
    staff_page = urls.absolute_url(reverse("accounts:screens", args=[store]))
    return render(
        request,
        "accounts/pair.html",
        {"pairing": shown, "store": bar, "staff_page": staff_page, "page": _page_of(store, role)},
    )


def _current(request, store: Store, role: str) -> Pairing:
    kept = request.session.get(_KEY, {})
    if found := devices.waiting(kept.get("secret", ""), store, role):
        return found
    if not ratelimit.consume(request, app="allauth.account", action="pair", limit_get=True):
        raise RateLimited(
            _("Too many screens asked for a code. Please try again in a minute."), code="too_many_codes"
        )
    made, secret = devices.begin(store, role)
    page = request.GET.get("next", "")
    request.session[_KEY] = {
        "secret": secret,
        "back": request.path,
        "next": page if is_safe(page) else _page_of(store.slug, role),
    }
    return made


@never_cache
@require_POST
def pair_status(request) -> HttpResponse:
    """Asked every few seconds by a screen: confirmed? Then it is signed in and goes to its page."""
    kept = request.session.get(_KEY)
    if not kept:
        return _go(request, "/")
    screen = devices.take(kept["secret"])
    if screen:
        login(request, screen, backend=BACKEND)
        request.session.pop(_KEY, None)
        request.session.set_expiry(SESSION_S)
        return _go(request, kept["next"])
    if request.htmx and devices.is_waiting(kept["secret"]):
        return HttpResponse(status=204)
    return _go(request, kept["back"])  # without a script, or with a code that ran out


def _go(request, url: str) -> HttpResponse:
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def screens(request, store: str) -> HttpResponse:
    """For staff: the paired screens of a store, and a form for one more."""
    bar = request.store = lookup.store_or_404(store)
    permissions.require(request.user, bar, permissions.STAFF)
    typed, status, refused = {}, 200, None
    if request.method == "POST":
        typed = {key: request.POST.get(key, "")[:60] for key in ("code", "name", "role")}
        try:
            screen = devices.confirm(by=request.user, store=bar, **typed)
        except Refusal as refusal:
            refused, status = refusal, refusal.status
        else:
            messages.success(
                request, _("%(name)s is paired and lights up in a moment.") % {"name": screen.name}
            )
            return redirect(request.get_full_path())
    came_from = request.GET.get("next", "")
    pages = {f"{role}_page": urls.absolute_url(_page_of(store, role)) for role in devices.PAIRABLE}
    context = {
        "store": bar,
        "screens": devices.screens(bar),
        "roles": devices.PAIRABLE,
        **pages,
        **typed,
        "refusal": refused,
        "back": came_from if is_safe(came_from) else _page_of(store, Role.BARISTA),
    }
    return render(request, "accounts/screens.html", context, status=status)


@login_required
@require_POST
def revoke(request, store: str, user: int) -> HttpResponse:
    devices.revoke(user, by=request.user, store=lookup.store_or_404(store))
    messages.success(request, _("The screen is unpaired and has gone dark."))
    return redirect("accounts:screens", store)
