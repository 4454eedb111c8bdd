"""Who may come behind the bar: staff of the store. Everybody else is told what to do instead."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django_htmx.http import HttpResponseClientRedirect

from config.models import Store
from serverlesspresso.accounts import roles
from serverlesspresso.accounts.models import Role
from serverlesspresso.errors import NotFound

STAFF = roles.STAFF
MANAGERS = frozenset({Role.MANAGER})


def find_store(slug: str) -> Store:
    """The store with that short name; raises NotFound (404) if there is none, or none any more."""
    store = Store.objects.current().filter(slug=slug).first()
    if store is None:
        raise NotFound(_("There is no such store. Check the address."), code="not_found")
    return store


def behind_the_bar(allowed: frozenset[Role]) -> Callable:
    """For views that act: they get the store itself, and are called for these roles only.

    Who is not signed in is led to the board, which says how to; anybody else is refused (403).
    """

    def decorate(view: Callable) -> Callable:
        @never_cache
        @wraps(view)
        def guarded(request: HttpRequest, store: str, **kwargs) -> HttpResponse:
            place = find_store(store)
            if not request.user.is_authenticated:
                return to_board(request, place)
            roles.require(request.user.pk, place, allowed)
            return view(request, place, **kwargs)

        return guarded

    return decorate


def to_board(request: HttpRequest, store: Store) -> HttpResponse:
    """Lead the browser to the store's board, loaded anew."""
    if request.htmx:
        return HttpResponseClientRedirect(reverse("baristas:board", args=[store.slug]))
    return redirect("baristas:board", store.slug)
