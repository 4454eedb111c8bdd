"""What the dashboard shows, the same for page, poll and socket."""

import datetime as dt

from django.template.loader import render_to_string

from config.models import Store
from serverlesspresso.core import clock, durations

from . import charts, figures


def today(store: Store) -> dt.date:
    """The day it is at the store."""
    return store.local_day(clock.now())


def of(store: Store, day: dt.date) -> dict:
    """All figures of a day, and their charts."""
    found = figures.of(store, day)
    drinks, modifiers = charts.rows(found.drinks), charts.rows(found.modifiers)
    return {
        "store": store,
        "real": store.kind == Store.Kind.REAL,
        "figures": found,
        "ends": [(figures.ENDS[end], count) for end, count in found.ends.items()],
        "hours": charts.columns(found.hours),
        "drinks": drinks,
        "drinks_height": charts.height_of(drinks),
        "modifiers": modifiers,
        "modifiers_height": charts.height_of(modifiers),
        "waits": _waits(found.waits),
        "pickups": _waits(found.pickups),
        "width": charts.WIDTH,
        "height": charts.HEIGHT,
    }


def _waits(found: dict[int, float | None]) -> list[tuple[int, str]]:
    return [
        (percentile, "–" if seconds is None else durations.humanize(seconds))
        for percentile, seconds in found.items()
    ]


def render(store: Store, day: dt.date) -> str:
    """The part of the page that lives."""
    return render_to_string("metrics/_figures.html", of(store, day))
