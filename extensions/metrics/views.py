"""The dashboard and its table, for the staff of the store."""

import datetime as dt

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from config.models import Store
from serverlesspresso.accounts import permissions
from serverlesspresso.core import clock, tables
from serverlesspresso.core.errors import Invalid
from serverlesspresso.events.log import publish
from serverlesspresso.web.error_pages import Request

from . import context, figures


@require_safe
@never_cache
def dashboard(request: Request, store: str) -> HttpResponse:
    """The figures of a day; today's are live."""
    if not request.user.is_authenticated and not request.htmx:
        return redirect_to_login(request.get_full_path())
    found = _store(request, store)
    day = _day(request, found)
    beat = {"head": publish.latest_sequence(found.slug), "at": clock.screen_time()}
    if request.htmx:
        return HttpResponse(context.render(found, day) + render_to_string("_pulse.html", beat))
    days = figures.days_of(found)
    shown = {"day": day, "days": days, "live": day == context.today(found), **beat}
    return render(request, "metrics/dashboard.html", context.of(found, day) | shown)


@require_safe
@never_cache
def table(request: Request, store: str) -> HttpResponse:
    """Everything that was counted at a store, as CSV: day, kind, name, count."""
    found = _store(request, store)
    rows = (["store", "day", "kind", "name", "count"], *figures.table(found))
    response = HttpResponse(tables.write(rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{found.slug}-figures.csv"'
    return response


def _store(request: Request, slug: str) -> Store:
    """The store, for its staff; for everybody else there is none."""
    found = Store.objects.filter(slug=slug).first() if "\0" not in slug else None
    if found is None or not permissions.is_staff(request.user.pk, found):
        raise Http404
    request.store = found
    return found


def _day(request: Request, store: Store) -> dt.date:
    asked = request.GET.get("day", "")
    try:
        day = parse_date(asked) if asked else context.today(store)
    except ValueError:
        day = None
    if day is None:
        text = _("That is no day. Write it like 2026-11-22, or choose one from the list.")
        raise Invalid(text, code="invalid", errors={"day": text})
    return day
