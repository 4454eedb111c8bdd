"""Opening hours: when a store opens and closes by itself (rule book: stores).

Hours are a store's local time by day of the week, between its first and last day. What people do in between
stands until the next opening or closing comes.
"""

import datetime as dt
import logging
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from serverlesspresso.core import clock
from serverlesspresso.core.errors import Refusal, invalid_field

if TYPE_CHECKING:
    from .models import Store

logger = logging.getLogger(__name__)

_DAY = dt.timedelta(days=1)
_WEEK = dt.timedelta(days=8)
"""In so many days, every day of the week has come once, whatever the time of day."""


class Span(NamedTuple):
    """A time in which a store is open by its hours, in UTC."""

    opens: dt.datetime
    closes: dt.datetime


class Hours(NamedTuple):
    """One line of a timetable: day of the week (0 is Monday), from, to; `to` may be on the next day."""

    weekday: int
    opens: dt.time
    closes: dt.time


def spans(store: "Store", around: dt.datetime) -> list[Span]:
    """The store's opening times in the weeks before and after a moment (UTC), or after its first day.

    In the night the clocks go forward an hour is not there: a time that begins in it begins an hour later,
    and one that would end before it begins is left out. An hour that comes twice counts by its first.
    """
    today = store.local_day(around)
    first = max(today - _WEEK, store.starts_on or dt.date.min)
    last = min(max(today, first) + _WEEK, store.ends_on)
    lines = list(store.hours.all())
    found = (
        _span(store, day, line)
        for day in _days(first, last)
        for line in lines
        if line.weekday == day.weekday()
    )
    return list(_joined(sorted(span for span in found if span.opens < span.closes)))


def _days(first: dt.date, last: dt.date) -> Iterator[dt.date]:
    return (first + number * _DAY for number in range((last - first).days + 1))


def _span(store: "Store", day: dt.date, line) -> Span:
    until = day if line.closes > line.opens else day + _DAY
    opens, closes = (
        dt.datetime.combine(on, at, tzinfo=store.zone).astimezone(dt.UTC)
        for on, at in ((day, line.opens), (until, line.closes))
    )
    return Span(opens, closes)


def _joined(found: Iterable[Span]) -> Iterator[Span]:
    """Times that touch or overlap are one: nobody closes at noon to open at noon."""
    last: Span | None = None
    for span in found:
        if last and span.opens <= last.closes:
            last = Span(last.opens, max(last.closes, span.closes))
        else:
            if last:
                yield last
            last = span
    if last:
        yield last


def next_opening(store: "Store", now: dt.datetime) -> dt.datetime | None:
    """When the hours open the store next (UTC); None when there are no hours, or no more."""
    return next((span.opens for span in spans(store, now) if span.opens > now), None)


def next_closing(store: "Store", now: dt.datetime) -> dt.datetime | None:
    """When the hours close the store next (UTC); None when there are no hours, or no more."""
    return next((span.closes for span in spans(store, now) if span.closes > now), None)


def last_change(store: "Store", now: dt.datetime) -> tuple[dt.datetime, bool] | None:
    """When the hours last opened (True) or closed (False) the store; None if they did not within a week."""
    turns = [(moment, moment == span.opens) for span in spans(store, now) for moment in span if moment <= now]
    return max(turns, default=None)


@transaction.atomic
def set_hours(store: "Store", lines: Iterable[Hours]) -> None:
    """Give a store this timetable, or none. It opens and closes nothing at once: the next moment does.

    Raises Invalid (422) for a line that ends when it begins, which could mean all day or never.
    """
    from .models import OpeningHours

    lines = list(lines)
    for line in lines:
        if line.opens == line.closes:
            text = _("Opening and closing are the same time: %(time)s. Set them apart.")
            raise invalid_field("hours", text % {"time": f"{line.opens:%H:%M}"})  # clock: a time of day
    store.hours.all().delete()
    OpeningHours.objects.bulk_create(
        OpeningHours(store=store, **line._asdict()) for line in sorted(set(lines))
    )
    store.turned_at = clock.now()
    store.save(update_fields=["turned_at"])


def keep_schedule() -> int:
    """Open and close the stores whose hours, or last orders, say so by now; how many that were."""
    from .models import Store

    now = clock.now()
    stores = Store.objects.current()
    late = set(stores.filter(last_orders_at__lte=now).values_list("pk", flat=True))
    for store in stores.filter(hours__isnull=False).distinct().prefetch_related("hours"):
        if _is_due(store, now):
            late.add(store.pk)
    return sum(_try_to_apply(pk) for pk in late)


def _is_due(store: "Store", now: dt.datetime) -> bool:
    turn = last_change(store, now)
    return turn is not None and (store.turned_at is None or store.turned_at < turn[0])


def _try_to_apply(pk: int) -> bool:
    try:
        return apply_schedule(pk)
    except Exception:
        logger.exception("the hours of store %s could not be kept; the next sweep tries again", pk)
        return False


@transaction.atomic
def apply_schedule(pk: int) -> bool:
    """Open or close one store if it is due; whether that changed anything.

    A store that phones have not reached yet stays closed until the hours open it the next time.
    """
    from . import services
    from .models import Store

    store = Store.objects.select_for_update(no_key=True).get(pk=pk)
    now, was = clock.now(), store.is_open
    if store.last_orders_at and store.last_orders_at <= now:
        store = services.set_status(store, open=False)
    if _is_due(store, now):
        moment, opens = last_change(store, now) or (now, False)
        Store.objects.filter(pk=pk).update(turned_at=moment)
        try:
            store = services.set_status(store, open=opens, paused=False if opens and not was else None)
        except Refusal as refusal:
            logger.warning("store %s was not opened by its hours: %s", store.slug, refusal.code)
    return store.is_open != was
