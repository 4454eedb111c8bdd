"""The wall's page, and the page of a screen that is no longer paired."""

import json
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_htmx.http import HttpResponseClientRedirect

from config import lookup
from config.models import Store
from serverlesspresso.accounts.models import Role
from serverlesspresso.accounts.permissions import READ_BOARD, STAFF, require, role_at
from serverlesspresso.core import urls

from . import qr_images, wall
from .wall import languages


@never_cache
@require_safe
def board(request: HttpRequest, slug: str) -> HttpResponse:
    """The wall of a store; for htmx, its frame. A screen without a session is led to pairing.

    Raises Forbidden for people without a role here. The language is the store's, or `?lang=`.
    """
    store = lookup.store_or_404(slug)
    live = "HX-Request" in request.headers
    if live and role_at(request.user.pk, store) not in READ_BOARD:
        return HttpResponseClientRedirect(reverse("display:unpaired", args=[store.slug]))
    if not request.user.is_authenticated:
        return redirect("accounts:pair", store.slug, Role.DISPLAY)
    require(request.user, store, READ_BOARD)
    language = _language(request, store)
    with translation.override(language):
        pulse = wall.pulse(store)
        query = urlencode({"lang": language})
        context = wall.context(store) | pulse | {"query": query, "language": language}
        context |= {"says": json.dumps(_says(store)), "alternates": _alternates(request, store)}
        response = render(request, "display/_answer.html" if live else "display/board.html", context)
    response.headers["Content-Language"] = language
    return response


@never_cache
@require_safe
def poster(request: HttpRequest, slug: str) -> HttpResponse:
    """A page to print and hang up: the store's own address, which, unlike the codes, does not change.

    It leads to the menu and says whether the bar is open; to order, people scan the code on the screen.
    Raises Forbidden for people without a role here. The language is the store's, or `?lang=`.
    """
    store = lookup.store_or_404(slug)
    if not request.user.is_authenticated:
        return redirect(f"{reverse('account_login')}?{urlencode({'next': request.path})}")
    require(request.user, store, STAFF)
    address = urls.absolute_url(f"/s/{store.slug}/")
    language = _language(request, store)
    with translation.override(language):
        context = {
            "store": store,
            "language": language,
            "languages": languages(),
            "address": address,
            "spoken": address.split("://")[-1].rstrip("/"),
            "svg": qr_images.svg(address),
        }
        return render(request, "display/poster.html", context)


@never_cache
@require_safe
def unpaired(request: HttpRequest, slug: str) -> HttpResponse:
    """A dark page for a screen whose pairing was revoked: how to pair it again."""
    store = lookup.store_or_404(slug)
    with translation.override(_language(request, store)):
        return render(request, "display/unpaired.html", {"store": store})


def _alternates(request: HttpRequest, store: Store) -> list[str]:
    """The two languages between which the wall alternates; none if this screen was told to use one."""
    two = [store.language, store.second_language]
    return two if all(two) and two[0] != two[1] and "lang" not in request.GET else []


def _says(store: Store) -> dict[str, str]:
    """What a speaking wall says for a number, by language; both, if the store has two."""
    said = {}
    for code in filter(None, (store.language, store.second_language)):
        with translation.override(code):
            said[code] = gettext("Number {n} is ready.")
    return said


def _language(request: HttpRequest, store: Store) -> str:
    asked = request.GET.get("lang", "")
    return asked if asked in dict(settings.LANGUAGES) else store.language
