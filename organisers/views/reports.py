"""The figures of a store on one page, and as files."""

import datetime as dt
from collections.abc import Callable

from django.http import Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from config.menu import catalog
from config.models import Store
from orders import reasons
from orders import reports as counting
from orders.models import Order, Status
from orders.queries import ENOUGH_PROMISES
from organisers import exports
from organisers.access import ManagerRequest, managed
from serverlesspresso.accounts.sign_in.views import KEPT_DAYS
from serverlesspresso.core import tables


@require_GET
@managed
def figures(request: ManagerRequest, store: Store) -> HttpResponse:
    """The figures of one day, or of all days."""
    days = counting.days(store)
    day = _day(request.GET.get("day", ""), days)
    found = counting.of(store, day)
    drinks, options = _called(store)
    context = {
        "store": store,
        "figures": found,
        "days": days,
        "day": day,
        "by_drink": [(drinks.get(name, name), count) for name, count in found.by_drink],
        "by_modifier": [(options.get(name, name), count) for name, count in found.by_modifier],
        "ended": [(_ending(status, reason), count) for status, reason, count in found.ended],
        "sources": [(Order.Source(source).label, count) for source, count in found.by_source],
        "waits": [
            (_("from order to ready"), found.to_ready),
            (_("from ready to pick-up"), found.to_the_hand),
            (_("from order to pick-up"), found.to_collected),
        ],
        "enough_promises": ENOUGH_PROMISES,
        "purge_on": store.ends_on + dt.timedelta(days=KEPT_DAYS),
    }
    with timezone.override(store.zone):
        return render(request, "organisers/figures.html", context)


def _day(text: str, days: list[dt.date]) -> dt.date | None:
    """One of the store's days; None, for all, if it is anything else."""
    return next((day for day in days if day.isoformat() == text), None)


def _called(store: Store) -> tuple[dict[str, str], dict[str, str]]:
    """The labels of drinks and options in the reader's language, by name."""
    drinks = catalog.drinks(store)
    options = [option for drink in drinks for group in drink.groups.all() for option in group.options.all()]
    return {each.name: each.label for each in drinks}, {each.name: each.label for each in options}


def _ending(status: str, reason: str) -> str:
    """How an order ended, as a row's label."""
    label, why = str(Status(status).label), reasons.LABELS.get(reason)
    return f"{label}: {why}" if why else label


_Export = Callable[[Store], HttpResponseBase]


def _csv(rows: Callable[[Store], exports.Iterator]) -> _Export:
    def response(store: Store) -> HttpResponseBase:
        return StreamingHttpResponse(tables.write(rows(store)), content_type="text/csv; charset=utf-8")

    return response


def _xlsx(store: Store) -> HttpResponseBase:
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return HttpResponse(exports.to_xlsx(store, counting.of(store)), content_type=kind)


_EXPORTS: dict[str, tuple[str, _Export]] = {
    "csv": ("figures-{}.csv", _csv(lambda store: exports.figure_rows(store, counting.of(store)))),
    "orders-csv": ("orders-{}.csv", _csv(exports.order_rows)),
    "xlsx": ("figures-{}.xlsx", _xlsx),
}


@require_GET
@managed
def export(request: ManagerRequest, store: Store, format: str) -> HttpResponseBase:
    """A file of figures or orders. Refused, like the page, for stores that stay out of figures."""
    if format not in _EXPORTS:
        raise Http404
    counting.check(store)
    name, make = _EXPORTS[format]
    response = make(store)
    response["Content-Disposition"] = f'attachment; filename="{name.format(store.slug)}"'
    return response
