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
    """Decorate a view about one store: it gets the store itself, and is called for its managers only.

    Somebody not signed in is led to sign-in; anybody else is refused (403). Archived stores are included, to
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
    """Decorate a view about no store in particular: somebody not signed in is led to sign-in."""

    @never_cache
    @wraps(view)
    def guarded(request: Request, **kwargs) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.path)
        return view(request, **kwargs)

    return guarded
