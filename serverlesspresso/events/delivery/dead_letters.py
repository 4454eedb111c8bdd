"""What a subscriber could not take: tried again with growing pauses, then a dead letter.

Later events of the same order wait behind it; other orders go on.
"""

import datetime as dt
import random
import traceback

from django.db.models import Exists, OuterRef, Q, QuerySet

from serverlesspresso.core import clock, metrics
from serverlesspresso.events.models import Event, Parked

PAUSES_S = (1, 5, 30, 120, 600)
"""Before each further attempt. When the last failed, too, it is a dead letter."""
_JITTER = 0.2
_TRACE = 2000


def blocked_orders(name: str) -> set[str | None]:
    """The orders of which something is parked, so that what comes must wait behind it."""
    waiting = Parked.objects.filter(subscription=name, dead_at=None).exclude(order=None)
    return set(waiting.values_list("order", flat=True).distinct())


def due(name: str, limit: int) -> list[Parked]:
    """What may be tried now: of each order the first."""
    earlier = Parked.objects.filter(
        subscription=name, dead_at=None, order=OuterRef("order"), store=OuterRef("store")
    ).filter(sequence__lt=OuterRef("sequence"))
    found = Parked.objects.filter(Q(order=None) | ~Exists(earlier), subscription=name, dead_at=None)
    found = found.filter(next_at__lte=clock.now())
    return list(found.select_related("event").order_by("next_at", "sequence")[:limit])


def block_behind(name: str, event: Event) -> None:
    """Park an event because an earlier one of its order is parked."""
    _row(name, event, next_at=clock.now()).save(force_insert=True)


def park(name: str, event: Event, error: BaseException) -> None:
    """Park an event that failed for the first time."""
    row = _row(name, event, next_at=clock.now())
    _note_failure(row, error)
    row.save(force_insert=True)


def record_failure(row: Parked, error: BaseException) -> None:
    """Note a further failure: a longer pause, or the end. Nothing if somebody else decided meanwhile."""
    tried = Parked.objects.filter(pk=row.pk, attempts=row.attempts, dead_at=None)
    _note_failure(row, error)
    tried.update(
        attempts=row.attempts,
        next_at=row.next_at,
        dead_at=row.dead_at,
        reason=row.reason,
        traceback=row.traceback,
    )


def _row(name: str, event: Event, next_at: dt.datetime) -> Parked:
    return Parked(
        subscription_id=name,
        event=event,
        store=event.store,
        sequence=event.sequence,
        order=event.order,
        replayed=getattr(event, "replayed", False),
        next_at=next_at,
    )


def _note_failure(row: Parked, error: BaseException) -> None:
    metrics.count_subscriber_failure(row.subscription_id)
    now = clock.now()
    row.attempts += 1
    row.reason = f"{type(error).__name__}: {error}"[:300]
    row.traceback = "".join(traceback.format_exception(error))[-_TRACE:]
    if row.attempts > len(PAUSES_S):
        row.dead_at = now
    else:
        pause = PAUSES_S[row.attempts - 1] * random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311
        row.next_at = now + dt.timedelta(seconds=pause)


# -- what the admin offers -------------------------------------------------------------------------


def redrive(letters: QuerySet[Parked]) -> int:
    """Have dead letters tried again, soon; how many."""
    return letters.exclude(dead_at=None).update(dead_at=None, attempts=0, next_at=clock.now())


def discard(letters: QuerySet[Parked]) -> int:
    """Forget dead letters: the subscriber never gets them. How many."""
    return letters.exclude(dead_at=None).delete()[0]
