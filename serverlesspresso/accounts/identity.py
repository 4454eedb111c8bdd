"""A person as the bar sees one: a user, a browser, or both."""

import secrets
from dataclasses import dataclass

from allauth.core.internal.ratelimit import get_ip
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

from .models import User

COOKIE = f"{settings.COOKIE_PREFIX}browser"
_YEAR_S = 365 * 86_400


@dataclass(frozen=True)
class Person:
    """Who scans: `user` is None before signing in, `browser` is empty for programs.

    Guests are counted by browser, everybody else by user (rule book: who may order).
    """

    user: User | None
    browser: str = ""
    is_new: bool = False
    """Nobody yet: the browser was named just now, so there is nothing of theirs to look for."""


def person(request: HttpRequest) -> Person:
    """Who sends this request. The browser's name is a random one, kept when the session ends."""
    user = request.user if request.user.is_authenticated else None
    if browser := request.get_signed_cookie(COOKIE, default="", max_age=_YEAR_S):
        return Person(user, browser)
    browser = getattr(request, "new_browser", "") or secrets.token_urlsafe(16)
    request.new_browser = browser  # type: ignore[attr-defined]
    return Person(user, browser, is_new=user is None)


def network(request: HttpRequest) -> str:
    """Where a request comes from, as a keyed hash: one for an address, in IPv6 for a household's 64 bits."""
    return salted_hmac("accounts.person.network", get_ip(request), algorithm="sha256").hexdigest()[:32]


class VisitorCookieMiddleware:
    """Sends the browser its name, once somebody asked for it with `person`."""

    sync_capable, async_capable = True, False

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if browser := getattr(request, "new_browser", ""):
            response.set_signed_cookie(
                COOKIE, browser, max_age=_YEAR_S, httponly=True, samesite="Lax", secure=settings.HTTPS
            )
        return response
