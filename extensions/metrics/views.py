"""The figures for the staff of a store: managers are led to the organisers' page, which has all of them."""

import datetime as dt

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from serverlesspresso.extension_api import clock
from serverlesspresso.extension_api.people import Role, role_at
from serverlesspresso.extension_api.stores import Store, store_or_404
from serverlesspresso.extension_api.web import Request

from . import figures


@require_safe
@never_cache
def dashboard(request: Request, store: str) -> HttpResponse:
    """Lead managers to the organisers' figures of the requested day, or of today.

    Baristas, who may not see those, get today's drinks and ends here. So does everybody at a store of robots
    or a recording, which has no other figures.
    """
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    found, role = _store(request, store)
    today = found.local_day(clock.now())
    real = found.kind == Store.Kind.REAL
    if role == Role.MANAGER and real:
        page = reverse("organisers:figures", args=[found.slug])
        return redirect(f"{page}?day={_day(request.GET.get('day', ''), today)}")
    drinks = figures.drinks(found, today)
    shown = {"store": found, "real": real, "day": today, "drinks": drinks, "ends": figures.ends(found, today)}
    return render(request, "metrics/today.html", shown | {"made": sum(count for _name, count in drinks)})


@require_safe
@never_cache
def table(request: Request, store: str) -> HttpResponse:
    """Lead to the organisers' figures as CSV; that page decides who may have them."""
    found, _role = _store(request, store)
    return redirect("organisers:export_figures", found.slug, "csv")


def _day(asked: str, today: dt.date) -> dt.date:
    try:
        return dt.date.fromisoformat(asked)
    except ValueError:
        return today


def _store(request: Request, slug: str) -> tuple[Store, Role]:
    """The store and the caller's role; not found for anybody who is not its staff."""
    found = store_or_404(slug, archived=True)
    role = role_at(request.user.pk, found)
    if role not in (Role.BARISTA, Role.MANAGER):
        raise Http404
    request.store = found
    return found, role
