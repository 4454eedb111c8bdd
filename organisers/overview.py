"""What the overview shows: how the bar is doing now, and what could be done about it. This module writes
nothing."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Max, Min, Q

from config.menu import catalog
from config.models import Store
from display import qr_codes
from orders import presence, queries, wait_times
from orders.capacity_advice import WAIT_S, advice
from orders.models import LIVE, Order, Status
from serverlesspresso.core import clock

_HOUR = dt.timedelta(hours=1)
_AT_WORK = dt.timedelta(minutes=15)
"""Somebody who claimed or finished a drink within this time is at work."""
_MINUTE_S = 60


@dataclass(frozen=True)
class Worker:
    """Somebody behind the bar: what they are making, how many drinks they made in the last hour, and whether
    their screen is on."""

    name: str
    making: int
    made: int
    live: bool


def context(store: Store) -> dict:
    """Everything on the overview; the number of queries does not depend on the number of orders."""
    now = clock.now()
    counts = _counts(store, now)
    wait = wait_times.wait(store, counts["queued"] + 1)
    still, dark = wait_times.standstill(store), presence.dark_since(store)
    found = advice(store)
    return {
        "store": store,
        "counts": counts,
        "oldest": clock.text(counts["oldest"]),
        "wait": wait and wait.minutes,
        "still_since": store.says(still.since if still.is_long(now) else None),
        "dark_since": store.says(dark),
        "advice": found,
        "advice_minutes": WAIT_S // _MINUTE_S,
        "drinks_known": None if found else wait_times.drinks(store),
        "drinks_needed": wait_times.FEWEST,
        "places": max(0, store.capacity - counts["live"]),
        "workers": _workers(store, now, dark),
        "drinks": _drinks(store),
        "code": qr_codes.running(store) if store.is_open and not store.is_paused else None,
        "closing": store.next_closing(),
    }


def _counts(store: Store, now: dt.datetime) -> dict:
    today = store.local_day(now)
    orders = Order.objects.filter(store=store)
    here = orders.filter(status__in=(*LIVE, Status.READY)).aggregate(
        choosing=Count("pk", filter=Q(status__in=(Status.VALIDATING, Status.CHOOSING, Status.SUBMITTED))),
        queued=Count("pk", filter=Q(status=Status.QUEUED)),
        making=Count("pk", filter=Q(status=Status.MAKING)),
        ready=Count("pk", filter=Q(status=Status.READY)),
        live=Count("pk", filter=Q(status__in=LIVE, priority=False)),
        oldest=Min("queued_at", filter=Q(status=Status.QUEUED)),
    )
    hour = orders.filter(completed_at__gt=now - _HOUR).count()
    begin, end = store.day_bounds(today)
    day = orders.filter(completed_at__gte=begin, completed_at__lt=end).count()
    promised = queries.promises_kept(store, scan_day=today)
    return here | {"hour": hour, "day": day, "promises": promised}


def _workers(store: Store, now: dt.datetime, dark: dt.datetime | None) -> list[Worker]:
    """Who is at work: people whose screen is on, or who recently made something, but not before the last
    screen went dark."""
    hands = Order.objects.filter(store=store, barista__isnull=False).filter(
        Q(status=Status.MAKING) | Q(completed_at__gt=now - _HOUR)
    )
    rows = hands.values("barista", "barista__name").annotate(
        making=Count("pk", filter=Q(status=Status.MAKING)),
        made=Count("pk", filter=Q(completed_at__isnull=False)),
        claimed=Max("claimed_at"),
        completed=Max("completed_at"),
    )
    lately = max(now - _AT_WORK, dark or now - _AT_WORK)
    live = [] if dark or not store.is_open else presence.live(store)
    found = [
        Worker(row["barista__name"], row["making"], row["made"], row["barista__name"] in live)
        for row in rows.order_by("barista__name")
        if (row["making"] and not dark) or max(filter(None, (row["claimed"], row["completed"]))) > lately
    ]
    idle = set(live) - {worker.name for worker in found}
    return found + [Worker(name, 0, 0, live=True) for name in sorted(idle)]


def _drinks(store: Store) -> list[dict]:
    """Drinks and options that can be marked as sold out, each option once, under a drink that has it."""
    found: dict[tuple, dict] = {}
    for drink in catalog.drinks(store):
        found["drink", drink.pk] = {"drink": drink.name, "label": drink.label, "available": drink.available}
        for group in drink.groups.all():
            for option in group.options.all():
                known = {"drink": drink.name, "option": option.name, "label": option.label}
                found.setdefault(("option", option.pk), known | {"available": option.available})
    return sorted(found.values(), key=lambda each: (each["available"], "option" in each))
