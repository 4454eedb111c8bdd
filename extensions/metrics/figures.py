"""Figures: what the tallies of a store and a day come to."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from config.models import Drink, Option, Store
from orders import public

from .counting import seconds_of
from .models import Kind, Tally

ENDS = {
    "collected": _("collected"),
    "not_collected": _("not collected"),
    "cancelled": _("cancelled"),
    "timed_out": _("timed out"),
    "rejected": _("rejected"),
}


@dataclass(frozen=True)
class Figures:
    """One day of one store. Waits are in seconds, None where nothing was measured."""

    day: dt.date
    orders: int
    drinks: list[tuple[str, int]]
    modifiers: list[tuple[str, int]]
    hours: list[tuple[int, int]]
    ends: dict[str, int]
    waits: dict[int, float | None]
    pickups: dict[int, float | None]

    @property
    def made(self) -> int:
        """Drinks made."""
        return sum(count for _name, count in self.drinks)

    @property
    def busiest(self) -> tuple[int, int] | None:
        """The hour with the most drinks, and how many; None when none was made."""
        return max(self.hours, key=lambda hour: hour[1]) if self.made else None


def days_of(store: Store) -> list[dt.date]:
    """The days on which something was counted, newest first."""
    days = Tally.objects.filter(store=store.slug).order_by("-day").values_list("day", flat=True)
    return list(days.distinct()[:60])


def of(store: Store, day: dt.date) -> Figures:
    """The figures of a store on a day in its own time. How long people waited is what the organisers' page
    says, of the same drinks: two queries; one for the tallies, two for the names."""
    to_ready, to_the_hand = public.waits(store, day)
    kinds: dict[str, dict[str, int]] = defaultdict(dict)
    rows = Tally.objects.filter(store=store.slug, day=day).values_list("kind", "name", "count")
    for kind, name, count in rows:
        kinds[kind][name] = count
    labels = {drink.name: drink.label for drink in Drink.objects.filter(store=store)}
    options = {option.name: option.label for option in Option.objects.filter(group__store=store)}
    return Figures(
        day=day,
        orders=sum(kinds[Kind.ORDERS].values()),
        drinks=_named(kinds[Kind.DRINKS], labels),
        modifiers=_named(kinds[Kind.MODIFIERS], options),
        hours=_hours(kinds[Kind.HOURS]),
        ends={end: kinds[Kind.ENDS].get(end, 0) for end in ENDS},
        waits=_shares(to_ready),
        pickups=_shares(to_the_hand),
    )


def _shares(waits: public.Waits | None) -> dict[int, float | None]:
    return dict.fromkeys(public.SHARES) if waits is None else {**waits.by_share}


def _named(counts: Mapping[str, int], labels: Mapping[str, str]) -> list[tuple[str, int]]:
    """The most first; what was counted and taken back is left out."""
    found = ((labels.get(name, name), count) for name, count in counts.items() if count)
    return sorted(found, key=lambda each: (-each[1], each[0]))


def _hours(counts: Mapping[str, int]) -> list[tuple[int, int]]:
    """Every hour from the first to the last with a drink, the quiet ones between them too."""
    found = {int(name): count for name, count in counts.items() if count}
    if not found:
        return []
    return [(hour, found.get(hour, 0)) for hour in range(min(found), max(found) + 1)]


def table(store: Store) -> Iterator[tuple[str, dt.date, str, str, int]]:
    """Every tally of a store, oldest day first; waits by their seconds instead of their class."""
    rows = Tally.objects.filter(store=store.slug, count__gt=0).order_by("day", "kind", "name")
    for day, kind, name, count in rows.values_list("day", "kind", "name", "count"):
        timed = kind in (Kind.WAITS, Kind.PICKUPS)
        yield store.slug, day, kind, f"{seconds_of(name):.0f} s" if timed else name, count


def for_prometheus() -> Iterator[tuple[str, str, dict[str, str], float]]:
    """What was counted since the beginning at the real stores: name, meaning, labels, value."""
    stores = set(Store.objects.current().filter(kind=Store.Kind.REAL).values_list("slug", flat=True))
    totals: Counter[tuple[str, str, str]] = Counter()
    counted = Tally.objects.filter(kind__in=(Kind.DRINKS, Kind.ENDS), store__in=stores)
    for row in counted.values("store", "kind", "name").annotate(total=Sum("count")).order_by():
        totals[row["store"], row["kind"], row["name"]] += row["total"]
    for (store, kind, name), total in sorted(totals.items()):
        if kind == Kind.DRINKS:
            labels = {"store": store, "drink": name}
            yield "serverlesspresso_drinks_made", "Drinks made, by drink.", labels, total
        else:
            labels = {"store": store, "how": name}
            yield "serverlesspresso_orders_ended", "Orders that ended, by how.", labels, total
