"""Opening hours: a store opens and closes by its timetable (rule book: stores).

What people do in between stands until the next opening or closing.
"""

import datetime as dt
import logging
from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from serverlesspresso.core import clock
from serverlesspresso.core.errors import Refusal, invalid_field

from . import services
from .models import OpeningHours, Store
from .timetable import Hours, last_change

logger = logging.getLogger(__name__)


@transaction.atomic
def set_hours(store: Store, lines: Iterable[Hours]) -> None:
    """Give a store this timetable, or none. It opens and closes nothing at once; the next moment of the hours
    does.

    Raises Invalid (422) for a line that ends when it begins, which could mean all day or never.
    """
    lines = list(lines)
    for line in lines:
        if line.opens == line.closes:
            text = _("Opening and closing time are both %(time)s. Make them different.")
            raise invalid_field("hours", text % {"time": f"{line.opens:%H:%M}"})  # clock: a time of day
    store.hours.all().delete()
    OpeningHours.objects.bulk_create(
        OpeningHours(store=store, **line._asdict()) for line in sorted(set(lines))
    )
    store.turned_at = clock.now()
    store.save(update_fields=["turned_at"])


def keep_schedule() -> int:
    """Open and close the stores whose hours or last orders are due; returns how many."""
    now = clock.now()
    stores = Store.objects.current()
    late = set(stores.filter(last_orders_at__lte=now).values_list("pk", flat=True))
    for store in stores.filter(hours__isnull=False).distinct().prefetch_related("hours"):
        if _may_be_due(store, now):
            late.add(store.pk)
    return sum(_try_to_apply(pk) for pk in late)


def _may_be_due(store: Store, now: dt.datetime) -> bool:
    """Whether a store is due; True if that cannot be told, as applying it logs the error without affecting
    other stores."""
    try:
        return _is_due(store, now)
    except Exception:
        return True


def _is_due(store: Store, now: dt.datetime) -> bool:
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
    """Open or close one store if it is due; returns whether anything changed.

    A store that no phone has reached yet stays closed until its hours next open it.
    """
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
