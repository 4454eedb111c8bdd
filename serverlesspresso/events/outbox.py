"""Effects outside the database: an SMS, a push, a printed ticket, somebody else's server.

They cannot be part of a transaction, so nobody can promise that they happen exactly once. Here each is a row,
written by a subscriber in its own transaction. It is marked "sending" and that is committed before anything
is sent; then it is "sent" or "failed". If the process died or the answer never came, it is "unknown", and
not repeated unless the kind of effect says that its receiver notices repetitions (`SCHEDULE_S`) or a person
says so.
"""

import datetime as dt
import logging
import random
import time
import zlib
from abc import ABCMeta, abstractmethod
from functools import cache
from typing import Self

from celery import current_app
from django.apps import apps
from django.db import connection, models, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.base import ModelBase
from django.utils.translation import gettext_lazy as _

from serverlesspresso.core import clock, log_context, metrics
from serverlesspresso.core.db.prepared import PreparedValues

from . import after_commit
from .bulkhead import Bulkhead

logger = logging.getLogger(__name__)

SENDING_S = 60
"""Whatever is "sending" for longer is not: a task is ended after 30 seconds. Its process died."""
LOST_S = 3
"""A task that did not come in this time after it was due was lost, and is started again."""
_JITTER = 0.1
_AT_ONCE = 50
SPARE = 12
"""Threads beside the places: for those who look whether there is one, and for codes to sign in with."""
_CAP_LOCKS = 0x0CA9
_DAY = dt.timedelta(hours=24)


class State(models.TextChoices):
    """How far an effect is."""

    WAITING = "waiting", _("waiting")
    SENDING = "sending", _("sending")
    SENT = "sent", _("sent")
    FAILED = "failed", _("failed")
    UNKNOWN = "unknown", _("outcome unknown")
    CAPPED = "capped", _("held back: the daily limit is reached")


class DeliveryFailed(Exception):
    """Raised by `send` when it surely did not happen. `final`: do not try again, whatever the schedule says.
    `retry_after`: seconds that the receiver asked us to wait, at least."""

    def __init__(self, reason: str, *, final: bool = False, retry_after: float = 0):
        super().__init__(reason)
        self.final, self.retry_after = final, retry_after


class _Kind(ABCMeta, ModelBase):
    """The class of models that have abstract methods: Django's own lets them be forgotten."""


class Effect(models.Model, metaclass=_Kind):
    """Base class of a kind of effect: add what is to be sent, and `send`."""

    SCHEDULE_S: tuple[float, ...] = ()
    """Pauses before further attempts, in seconds. Only for receivers that notice a repetition."""
    LASTS_S: float | None = None
    """Not sent so many seconds after it was asked for: "your coffee is ready" is no news after an hour."""
    PLACES, EACH = 4, 4
    """So many are sent at once by a process, and so many of them to one receiver."""

    store = models.SlugField(_("store"), db_index=False)
    event = models.UUIDField(null=True, blank=True, editable=False)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.WAITING)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    due_at = models.DateTimeField(_("next attempt"))
    sending_at = models.DateTimeField(_("last attempt"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("requested"))

    class Meta:
        abstract = True
        ordering = ("-created_at",)
        indexes = [
            models.Index(fields=("state", "due_at"), name="%(app_label)s_%(class)s_due"),
            models.Index(fields=("store", "sending_at"), name="%(app_label)s_%(class)s_cap"),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"

    @abstractmethod
    def send(self) -> None:
        """Do it, outside of any transaction, within 20 seconds. Raise NotSent if it surely did not happen;
        after anything else that is raised the outcome is unknown."""

    def receiver(self) -> str:
        """Who takes it: whoever hangs is in nobody else's way. A kind that says nothing has one."""
        return ""

    @classmethod
    def to(cls, receivers: frozenset[str]) -> Q:
        """Those for these receivers."""
        return Q(pk__isnull="" not in receivers)

    def cap(self) -> int | None:
        """How many of this kind may be sent for this store in 24 hours; None for as many as there are."""
        return None

    @classmethod
    def ask(cls, *, store: str, event=None, delay_s: float = 0, **fields) -> Self:
        """Have it sent once this transaction is committed, or `delay_s` seconds later. For subscribers."""
        now = clock.now()
        effect = cls.objects.create(  # type: ignore[attr-defined]
            store=store,
            event=event and event.pk,
            created_at=now,
            due_at=now + dt.timedelta(seconds=delay_s),
            **fields,
        )
        if not delay_s:
            transaction.on_commit(lambda: start(effect), robust=True)
        return effect


def start(effect: Effect) -> None:
    """Start the task that carries it out; if that is lost, `send_due` will see to it."""
    args = (effect._meta.label, effect.pk)
    after_commit.send_task(
        current_app.signature("serverlesspresso.events.tasks.send", args=args, immutable=True)
    )


def deliver(label: str, pk) -> None:
    """Send one effect, if it is due, nobody else does, and there is a place for its receiver. If there is
    none, it waits until one is free."""
    model: type[Effect] = apps.get_model(label)
    effect = _all(model).filter(pk=pk, state=State.WAITING).first()
    if effect is None:
        return
    receiver, bulkhead = effect.receiver(), _bulkhead(model)
    if not bulkhead.enter(receiver):
        return
    seconds = None
    try:
        if _claim(effect):
            began = time.monotonic()
            try:
                _attempt(effect)
            finally:
                seconds = time.monotonic() - began
    finally:
        bulkhead.leave(receiver, seconds)
    if bulkhead.turned_away:
        bulkhead.turned_away = False
        bulkhead.turned_away |= _start_waiting(model, clock.now(), limit=model.EACH) > 0


def _attempt(effect: Effect) -> None:
    with log_context.bind(store=effect.store):
        try:
            effect.send()
        except DeliveryFailed as error:
            _fail(effect, str(error), State.FAILED, final=error.final, retry_after=error.retry_after)
        except Exception as error:
            logger.warning("%s: outcome unknown: %s", effect, error, exc_info=True)
            _fail(effect, f"{type(error).__name__}: {error}", State.UNKNOWN)
        else:
            _end(effect, state=State.SENT, reason="")


@transaction.atomic
def _claim(effect: Effect) -> bool:
    """Mark it "sending", committed before it is sent; False if it is not its turn."""
    now = clock.now()
    waiting = _all(type(effect)).filter(
        pk=effect.pk, state=State.WAITING, attempts=effect.attempts, due_at__lte=now
    )
    if effect.LASTS_S is not None and now - effect.created_at > dt.timedelta(seconds=effect.LASTS_S):
        waiting.update(state=State.FAILED, reason="too late")
        return False
    if _is_capped(effect, now):
        if waiting.update(state=State.CAPPED):
            metrics.count_outbox_message(effect._meta.label, State.CAPPED)
        return False
    if not waiting.update(state=State.SENDING, attempts=F("attempts") + 1, sending_at=now):
        return False
    effect.state, effect.attempts, effect.sending_at = State.SENDING, effect.attempts + 1, now
    return True


def _is_capped(effect: Effect, now: dt.datetime) -> bool:
    """Two who ask at the same time must not both find room for the last one: on PostgreSQL they queue."""
    most = effect.cap()
    if most is None:
        return False
    if connection.vendor == "postgresql":
        name = f"{effect._meta.label} {effect.store}"
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(%s, %s)", [_CAP_LOCKS, zlib.crc32(name.encode()) >> 1]
            )
    sent = _all(type(effect)).filter(store=effect.store, sending_at__gt=now - _DAY)
    return sent.exclude(state=State.FAILED).count() >= most


def _fail(effect: Effect, reason: str, state: State, *, final: bool = False, retry_after: float = 0) -> None:
    left = effect.SCHEDULE_S[effect.attempts - 1 :]
    if final or not left:
        return _end(effect, state=state, reason=reason[:300])
    pause = max(left[0] * random.uniform(1, 1 + _JITTER), retry_after)  # noqa: S311
    due = clock.now() + dt.timedelta(seconds=pause)
    return _end(effect, state=State.WAITING, reason=reason[:300], due_at=due)


def _end(effect: Effect, **fields) -> None:
    """Note the outcome of this attempt, unless it was given up meanwhile."""
    mine = _all(type(effect)).filter(pk=effect.pk, state=State.SENDING, attempts=effect.attempts)
    if mine.update(**fields):
        metrics.count_outbox_message(effect._meta.label, fields["state"])


def _all(model: type[Effect]) -> QuerySet:
    return model.objects.order_by()  # type: ignore[attr-defined]


def kinds() -> list[type[Effect]]:
    """Every kind of effect of the installed apps."""
    return [model for model in apps.get_models() if issubclass(model, Effect)]


def places() -> int:
    """How many effects a process sends at once, all kinds together."""
    return sum(model.PLACES for model in kinds())


_bulkheads: dict[type[Effect], Bulkhead] = {}


def _bulkhead(model: type[Effect]) -> Bulkhead:
    return _bulkheads.setdefault(model, Bulkhead(model.PLACES, model.EACH))


def has_due() -> bool:
    """Whether `send_due` would find anything."""
    return any(_due(model).all(*_moments()) for model in kinds())


@cache
def _due(model: type[Effect]) -> PreparedValues:
    def rows(now, sending_before, lost_before):
        waits = Q(state=State.WAITING, due_at__lte=now) & _lost(lost_before)
        return _all(model).filter(_stuck(sending_before) | waits).values_list("pk")[:1]

    return PreparedValues(rows)


def send_due() -> None:
    """Start what is due and was not started; give up what is "sending" though its process died."""
    now, sending_before, lost_before = _moments()
    for model in kinds():
        for effect in _all(model).filter(_stuck(sending_before))[:_AT_ONCE]:
            _fail(effect, "the process that sent it died", State.UNKNOWN)
        _start_waiting(model, now, _lost(lost_before), limit=_AT_ONCE)


def _moments() -> tuple[dt.datetime, dt.datetime, dt.datetime]:
    """Now; what is "sending" since before the second is not; what was due before the third was lost."""
    now = clock.now()
    return now, now - dt.timedelta(seconds=SENDING_S), now - dt.timedelta(seconds=LOST_S)


def _stuck(sending_before: dt.datetime) -> Q:
    return Q(state=State.SENDING, sending_at__lt=sending_before)


def _lost(lost_before: dt.datetime) -> Q:
    return Q(attempts__gt=0) | Q(due_at__lt=lost_before)


def _start_waiting(model: type[Effect], now: dt.datetime, *which: Q, limit: int) -> int:
    """Start what is due and has a place; how many. What waits for one that hangs is in nobody's way."""
    only, full = _bulkhead(model).room()
    due = _all(model).filter(*which, state=State.WAITING, due_at__lte=now)
    if only is not None:
        due = due.filter(model.to(only))
    if full:
        due = due.exclude(model.to(full))
    found = list(due.order_by("due_at")[:limit])
    for effect in found:
        start(effect)
    return len(found)


def retry(effects: QuerySet) -> int:
    """Have effects sent that were not, or perhaps were: somebody decided so. How many."""
    ended = [State.FAILED, State.UNKNOWN, State.CAPPED]
    chosen = list(effects.filter(state__in=ended))
    now = clock.now()
    done = 0
    for effect in chosen:
        row = _all(type(effect)).filter(pk=effect.pk, state__in=ended)
        done += row.update(state=State.WAITING, attempts=0, due_at=now, created_at=now, reason="")
        transaction.on_commit(lambda effect=effect: start(effect), robust=True)  # type: ignore[misc]
    return done
