"""Sums of the tallies: for Prometheus, and for today's page."""

import datetime as dt
from collections.abc import Iterator

from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from serverlesspresso.extension_api.hooks import Figure
from serverlesspresso.extension_api.stores import Drink, Store

from .models import Kind, Tally

ENDS = {
    "collected": _("collected"),
    "not_collected": _("not collected"),
    "cancelled": _("cancelled"),
    "timed_out": _("timed out"),
    "rejected": _("rejected"),
}
_PROMETHEUS = {
    Kind.DRINKS: ("serverlesspresso_drinks_made", "Drinks made, by drink.", "drink"),
    Kind.ENDS: ("serverlesspresso_orders_ended", "Orders that ended, by how.", "how"),
}


def drinks(store: Store, day: dt.date) -> list[tuple[str, int]]:
    """The drinks made at a store on a day there, by the menu's labels, most frequent first."""
    labels = {drink.name: drink.label for drink in Drink.objects.filter(store=store)}
    rows = Tally.objects.filter(store=store.slug, day=day, kind=Kind.DRINKS, count__gt=0)
    found = rows.order_by("-count", "name").values_list("name", "count")
    return [(labels.get(name, name), count) for name, count in found]


def ends(store: Store, day: dt.date) -> list[tuple[str, int]]:
    """How orders ended at a store on a day there."""
    rows = Tally.objects.filter(store=store.slug, day=day, kind=Kind.ENDS)
    found = dict(rows.values_list("name", "count"))
    return [(str(label), found.get(name, 0)) for name, label in ENDS.items()]


def for_prometheus() -> Iterator[Figure]:
    """What has been counted since the beginning at real stores."""
    stores = Store.objects.current().filter(kind=Store.Kind.REAL).values("slug")
    rows = Tally.objects.filter(kind__in=_PROMETHEUS, store__in=stores).order_by("store", "kind", "name")
    for row in rows.values("store", "kind", "name").annotate(total=Sum("count")):
        name, meaning, label = _PROMETHEUS[Kind(row["kind"])]
        yield name, meaning, {"store": row["store"], label: row["name"]}, row["total"]
