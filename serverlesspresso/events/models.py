"""The log: every fact, once, in order, written in the transaction of the change it tells of. And how far
each subscriber is in it."""

import datetime as dt
import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

_TRAVELS = ("store", "sequence", "type", "order", "order_version", "data")


class Stream(models.Model):
    """The head of one store's log. Its row is locked last in every transaction, and shortly."""

    store = models.SlugField(primary_key=True)
    sequence = models.PositiveBigIntegerField(default=0)
    at = models.DateTimeField(null=True)
    """The time of the newest event: none that comes after it has an earlier one."""

    def __str__(self) -> str:
        return f"{self.store} at {self.sequence}"


class Event(models.Model):
    """A past-tense fact. `sequence` counts 1, 2, 3 … per store without a gap: read by it, never by `id`,
    which commits out of order. No event carries a code's token, a name or contact data."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    store = models.SlugField(db_index=False)
    sequence = models.PositiveBigIntegerField()
    type = models.CharField(max_length=64)
    schema_version = models.PositiveSmallIntegerField(default=1, db_default=1)
    order = models.CharField(max_length=32, null=True, blank=True)
    order_version = models.PositiveIntegerField(null=True, blank=True)
    data = models.JSONField(default=dict)
    at = models.DateTimeField()
    replayed = False
    """Set while a subscriber is handed it: whether it had it before, and somebody asked for a replay."""

    class Meta:
        ordering = ("store", "sequence")
        verbose_name = _("event")
        verbose_name_plural = _("events")
        constraints = [models.UniqueConstraint(fields=("store", "sequence"), name="event_sequence")]
        indexes = [models.Index(fields=("order", "sequence"), name="event_order")]

    def __str__(self) -> str:
        return f"{self.store} {self.sequence} {self.type}"

    def plain(self) -> dict:
        """Itself in plain types, to travel in a hint."""
        at = self.at.isoformat()  # clock: exact, and with its zone
        return {field: getattr(self, field) for field in _TRAVELS} | {"at": at}

    @classmethod
    def of(cls, plain: dict) -> "Event":
        """What `plain` gave, as it was (without its id: it is no row to be saved)."""
        return cls(**plain | {"at": dt.datetime.fromisoformat(plain["at"])})


class Subscription(models.Model):
    """What the bar remembers of a subscriber, under its name: it is made when the name is first seen."""

    name = models.CharField(_("subscriber"), max_length=64, primary_key=True)
    paused_at = models.DateTimeField(_("paused since"), null=True, blank=True)
    at_most = models.PositiveIntegerField(null=True, blank=True)
    """So many events at once and no more, after a batch that did not end in time."""
    created_at = models.DateTimeField(_("first seen"))

    class Meta:
        ordering = ("name",)
        verbose_name = _("subscriber")
        verbose_name_plural = _("subscribers")

    def __str__(self) -> str:
        return self.name


class Cursor(models.Model):
    """How far a subscriber is in one store's log: all up to `sequence` is handled, or parked. It moves by
    compare-and-set in the transaction of what the handler wrote, which is why that is applied once."""

    subscription = models.ForeignKey(Subscription, models.CASCADE, related_name="cursors", db_index=False)
    store = models.SlugField(db_index=False)
    sequence = models.PositiveBigIntegerField(default=0)
    replayed_to = models.PositiveBigIntegerField(default=0)
    """Events up to here were handed over before: they are being replayed."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=("subscription", "store"), name="cursor_place")]

    def __str__(self) -> str:
        return f"{self.subscription_id} at {self.store} {self.sequence}"


class Parked(models.Model):
    """An event that a subscriber could not take yet: it failed, or is behind one of its order that did. The
    first of each order is tried again at `next_at`; a dead one only when somebody says so."""

    subscription = models.ForeignKey(Subscription, models.CASCADE, related_name="parked", db_index=False)
    event = models.ForeignKey(
        Event, models.CASCADE, verbose_name=_("event"), related_name="+", db_index=False
    )
    store = models.SlugField(_("store"), db_index=False)
    sequence = models.PositiveBigIntegerField(_("sequence"))
    order = models.CharField(_("order"), max_length=32, null=True, blank=True)
    replayed = models.BooleanField(default=False)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    next_at = models.DateTimeField(_("next attempt"))
    dead_at = models.DateTimeField(_("given up"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    traceback = models.TextField(_("where it failed"), blank=True)

    class Meta:
        ordering = ("-dead_at", "-id")
        verbose_name = _("dead letter")
        verbose_name_plural = _("dead letters")
        constraints = [
            models.UniqueConstraint(fields=("subscription", "store", "sequence"), name="parked_place")
        ]
        indexes = [
            models.Index(
                fields=("subscription", "order", "store", "sequence"),
                condition=models.Q(dead_at=None),
                name="parked_waiting",
            ),
            models.Index(fields=("dead_at",), name="parked_dead"),
        ]

    def __str__(self) -> str:
        return f"{self.subscription_id}: {self.store} {self.sequence}"
