"""The sweep: every second, whatever a lost message or a dead process left behind is picked up.

Each order in its own transaction, so that a bad one cannot hold up the rest.
"""

import datetime as dt
import logging
from collections.abc import Callable, Iterable

from config import hours
from config.models import Store
from display import codes
from serverlesspresso import clock, logs, metrics

from . import chains, clocks, counting, presence, processor, waiting
from .models import TERMINAL, Heartbeat, Order, Status

logger = logging.getLogger(__name__)

BETWEEN_STEPS = dt.timedelta(seconds=2)
"""An order so long between two steps was lost by the broker, and is driven on."""
SETTLE_AFTER = dt.timedelta(seconds=1)
"""Books not settled by then are settled here: OrderFinished comes within 2 seconds."""
BATCH = 200


def sweep() -> int:
    """One round; how many orders were moved on."""
    presence.pause_deserted()
    clocks.mind_the_gap()
    now = clock.now()
    done = _each("overdue", _overdue(now), clocks.time_out)
    done += _each("open", _stuck(Status.VALIDATING, now), lambda pk: processor.drive(chains.OPEN, pk))
    done += _each("queue", _stuck(Status.SUBMITTED, now), lambda pk: processor.drive(chains.QUEUE, pk))
    done += _each("close", _unsettled(now), processor.settle)
    done += codes.give_back_unused()
    done += waiting.offer_due()
    hours.keep()
    Heartbeat.objects.update_or_create(name="sweep", defaults={"at": clock.now()})
    return done


def _each(what: str, order_ids: Iterable[str], act: Callable) -> int:
    done = 0
    for order_id in order_ids:
        with logs.about(order=order_id):
            try:
                act(order_id)
                done += 1
                metrics.redriven(what)
            except Exception:
                logger.exception("the sweep could not move order %s on; it will try again", order_id)
    return done


def _overdue(now: dt.datetime) -> list[str]:
    """By deadline; the queued ones by their store's clock."""
    late = Order.objects.filter(deadline_at__lte=now).order_by("deadline_at").values_list("pk", flat=True)
    found = list(late[:BATCH])
    waiting = Order.objects.filter(status=Status.QUEUED).values("store").distinct()
    for store in Store.objects.filter(pk__in=waiting, paused_at=None):
        queue = counting.queue_of(store.pk)
        idle = Order.objects.filter(clocks.overdue(store, queue, now), store=store, status=Status.QUEUED)
        found += idle.order_by("place").values_list("pk", flat=True)[:BATCH]
    return found


def _stuck(status: Status, now: dt.datetime):
    stuck = Order.objects.filter(settled_at=None, status=status, moved_at__lte=now - BETWEEN_STEPS)
    return stuck.order_by("moved_at").values_list("pk", flat=True)[:BATCH]


def _unsettled(now: dt.datetime):
    ended = Order.objects.filter(settled_at=None, status__in=TERMINAL, moved_at__lte=now - SETTLE_AFTER)
    return ended.order_by("moved_at").values_list("pk", flat=True)[:BATCH]
