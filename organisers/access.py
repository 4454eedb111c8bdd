"""Who may organise: managers of the store. Everybody else is told what to do instead."""

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponse
from django.views.decorators.cache import never_cache

from config import lookup
from serverlesspresso.accounts import permissions
from serverlesspresso.accounts.models import Role, User
from serverlesspresso.web.error_pages import Request

MANAGERS = frozenset({Role.MANAGER})


class ManagerRequest(Request):
    """A request of somebody who manages a store."""

    user: User


def managed(view: Callable) -> Callable:
    """For views about one store: they get the store itself, and are called for its managers only.

    Who is not signed in is led to the door; anybody else is refused (403). Archived stores are there, too: to
    look back at.
    """

    @never_cache
    @wraps(view)
    def guarded(request: Request, store: str, **kwargs) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.path)
        found = lookup.store_or_404(store, archived=True)
        permissions.require(request.user, found, MANAGERS)
        request.store = found
        return view(request, found, **kwargs)

    return guarded


def signed_in(view: Callable) -> Callable:
    """For views about no store in particular: who is not signed in is led to the door."""

    @never_cache
    @wraps(view)
    def guarded(request: Request, **kwargs) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.path)
        return view(request, **kwargs)

    return guarded
