"""The sweep: every second it picks up whatever a lost message or a dead process left behind.

Each order has its own transaction, so that a bad one cannot hold up the rest.
"""

import datetime as dt
import logging
from collections.abc import Callable, Iterable

from celery import shared_task
from django.db.models import Q

from config import schedule
from config.models import Store
from display import qr_codes
from serverlesspresso.core import clock, log_context, metrics
from serverlesspresso.core.db.prepared import PreparedQuery, PreparedValues
from serverlesspresso.events import tasks

from . import counting, deadlines, presence, waiting_list, workflow
from .models import TERMINAL, Order, Status

logger = logging.getLogger(__name__)

BETWEEN_STEPS = dt.timedelta(seconds=2)
"""An order between two steps for this long was lost by the broker, and is moved on."""
SETTLE_AFTER = dt.timedelta(seconds=1)
"""Books not settled by then are settled by the sweep: OrderFinished comes within 2 seconds."""
BATCH = 200


@shared_task(name="orders.tasks.sweep")
def every_second() -> None:
    """By beat: sweep, and send what delivers and sends if that has something to do."""
    try:
        sweep()
    finally:
        tasks.look()


def sweep() -> int:
    """Sweep once; returns how many orders were moved on.

    It runs the steps itself: sending lost chains again would add to a slow worker's load.
    """
    presence.pause_deserted()
    deadlines.shift_after_downtime()
    now = clock.now()
    lost = now - BETWEEN_STEPS
    done = _each("overdue", _overdue(now), deadlines.time_out)
    done += _each_through("open", _stuck.flat(Status.VALIDATING, lost))
    done += _each_through("queue", _stuck.flat(Status.SUBMITTED, lost))
    done += _each_through("close", _unsettled.flat(now - SETTLE_AFTER))
    done += qr_codes.give_back_unused()
    done += waiting_list.offer_due()
    schedule.keep_schedule()
    deadlines.record_heartbeat()
    return done


def _each_through(chain: str, order_ids: Iterable[str]) -> int:
    return _each(chain, order_ids, lambda order_id: workflow.run(workflow.CHAINS[chain], order_id))


def _each(what: str, order_ids: Iterable[str], act: Callable) -> int:
    done = 0
    for order_id in order_ids:
        with log_context.bind(order=order_id):
            try:
                act(order_id)
                done += 1
                metrics.count_redriven(what)
            except Exception:
                logger.exception("the sweep could not move order %s on; it will try again", order_id)
    return done


_late = PreparedValues(
    lambda now: Order.objects.filter(deadline_at__lte=now).order_by("deadline_at").values_list("pk")[:BATCH]
)
_stuck = PreparedValues(
    lambda status, since: (
        Order.objects.filter(settled_at=None, status=status, moved_at__lte=since)
        .order_by("moved_at")
        .values_list("pk")[:BATCH]
    )
)
_unsettled = PreparedValues(
    lambda since: (
        Order.objects.filter(settled_at=None, status__in=TERMINAL, moved_at__lte=since)
        .order_by("moved_at")
        .values_list("pk")[:BATCH]
    )
)
_waited_for = PreparedQuery(
    lambda: Store.objects.filter(
        Q(paused_at=None) | Q(paused_by_itself=True),
        pk__in=Order.objects.filter(status=Status.QUEUED).values("store").distinct(),
    )
)
"""The stores whose baristas' clock may run out."""


def _overdue(now: dt.datetime) -> list[str]:
    """Overdue orders: by deadline, and queued ones by their store's clock."""
    found = _late.flat(now)
    for store in _waited_for.all():
        found += deadlines.idle(store, counting.queue_of(store.pk), now)
    return found
