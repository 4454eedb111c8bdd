"""Addresses of a store as people type them: in small letters, most of the time."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from config import lookup

_NAMES = ("slug", "store")
"""How addresses call the part that is a store's short name."""


class SpellingMiddleware:
    """Leads a page that nobody found to the one of the store that is written in other letters.

    Asked only where there was nothing, so that what is typed right costs nothing. The API and the sockets
    find such a store themselves, for a program does not follow everywhere.
    """

    sync_capable, async_capable = True, False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        looked = request.method in ("GET", "HEAD") and not request.path.startswith("/api/")
        if looked and response.status_code == 404 and (there := _as_spelled(request)):
            return redirect(there)
        return response


def _as_spelled(request: HttpRequest) -> str:
    """The same address with the store's short name as it is; empty when that changes nothing."""
    match = request.resolver_match
    for name in _NAMES:
        typed = match.kwargs.get(name) if match else None
        if match and isinstance(typed, str) and (slug := lookup.spelled(typed)) != typed:
            query = request.META.get("QUERY_STRING", "")
            path = reverse(match.view_name, kwargs={**match.kwargs, name: slug})
            return f"{path}?{query}" if query else path
    return ""
