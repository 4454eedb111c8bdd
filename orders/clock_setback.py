"""When the clock was set back: times recorded or set by the wrong clock move back with it.

Otherwise a deadline of 20 seconds would come two hours late, and so would an opening, an offer and a
webhook's next attempt.
"""

import datetime as dt

from django.core.cache import cache
from django.db.models import F, Model, Q, QuerySet

from config.models import Store
from display.models import Code, Hold
from serverlesspresso.accounts.models import Pairing
from serverlesspresso.events import outbox
from serverlesspresso.events.log.publish import notify_screens, notify_store_screens
from serverlesspresso.events.models import Parked, Stream

from .models import Invite, Order, Turn, Watch

FAR = dt.timedelta(minutes=5)
"""If the clock is set back by less, the log's times stand still until it has caught up; by more, they go back
too."""
_JUST = dt.timedelta(seconds=5)
"""What happened to an order within this time happened by the right clock, before the sweep noticed."""
_MOMENTS: dict[type[Model], tuple[str, ...]] = {
    Order: (
        *("deadline_at", "created_at", "submitted_at", "queued_at", "promised_from", "promised_to"),
        *("claimed_at", "completed_at", "finished_at", "settled_at", "called_at", "moved_at"),
    ),
    Hold: ("expires_at", "taken_at"),
    Turn: ("asked_at", "expires_at", "offered_until", "ended_at"),
    Invite: ("made_at", "expires_at"),
    Watch: ("at",),
    Store: ("last_orders_at",),
    Pairing: ("expires_at",),
    Parked: ("next_at", "dead_at"),
}


def go_back(by: dt.timedelta, now: dt.datetime) -> None:
    """Move times back after the clock was set back by this much to `now`. Call it in a transaction.

    Codes that began by the wrong clock are replaced. Opening hours are applied anew. Attempts are counted
    afresh, so that nobody stays locked out for as long as the clock was wrong.
    """
    just = Order.objects.filter(moved_at__gt=now - _JUST, moved_at__lte=now).values_list("pk", flat=True)
    _shift(Order.objects.exclude(pk__in=list(just)), by, now, _MOMENTS[Order])
    for model in (*(model for model in _MOMENTS if model is not Order), *outbox.kinds()):
        names = _MOMENTS.get(model, ("due_at", "sending_at", "created_at"))
        _shift(model.objects.all(), by, now, names)  # type: ignore[attr-defined]
    # the bar's own clock goes on from where it stands
    Store.objects.filter(Q(paused_at=None) | Q(paused_at__gt=now)).update(paused_for=F("paused_for") - by)
    _shift(Store.objects.all(), by, now, ("paused_at",))
    Store.objects.filter(turned_at__gt=now).update(turned_at=None)
    Code.objects.filter(starts_at__gt=now, replaced_at=None).update(replaced_at=now)
    if by > FAR:
        Stream.objects.filter(at__gt=now).update(at=now)
    cache.clear()
    for store, order in Order.objects.filter(settled_at=None).values_list("store__slug", "pk"):
        notify_screens(store, order)
    for slug in Store.objects.current().values_list("slug", flat=True):
        notify_store_screens(slug)


def _shift(rows: QuerySet, by: dt.timedelta, now: dt.datetime, names: tuple[str, ...]) -> None:
    """Move back only future times; past ones stay."""
    for name in names:
        rows.filter(**{f"{name}__gt": now}).update(**{name: F(name) - by})
