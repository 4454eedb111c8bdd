"""What `/metrics` says of subscribers, read from the database when it is asked."""

import datetime as dt

from django.db.models import Case, Count, When

from serverlesspresso.core import clock
from serverlesspresso.core.metrics import Figure
from serverlesspresso.events.models import Parked

from . import offsets
from .subscribers import all_subscribers

_SECOND = dt.timedelta(seconds=1)


def samples() -> list[Figure]:
    """How far behind each subscriber is, and what it could not take."""
    now = clock.now()
    names = [each.name for each in all_subscribers()]
    parked = {
        (name, bool(dead)): count
        for name, dead, count in Parked.objects.filter(subscription__in=names)
        .order_by()
        .values_list("subscription", Case(When(dead_at=None, then=0), default=1))
        .annotate(Count("pk"))
    }
    figures: list[Figure] = []
    for name, lag in offsets.lag(names).items():
        labels = {"subscriber": name}
        waits = max((now - lag.since) / _SECOND, 0) if lag.since else 0.0
        figures += [
            ("serverlesspresso_subscriber_lag", "Events a subscriber has not had.", labels, lag.events),
            ("serverlesspresso_subscriber_lag_seconds", "For how long the first has waited.", labels, waits),
            (
                "serverlesspresso_subscriber_retries",
                "Events that failed, or wait behind one that did.",
                labels,
                parked.get((name, False), 0),
            ),
            (
                "serverlesspresso_dead_letters",
                "Events a subscriber never took.",
                labels,
                parked.get((name, True), 0),
            ),
        ]
    return figures
