"""The log: every fact, once, in order, written in the transaction of the change it tells of."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _


class Stream(models.Model):
    """The head of one store's log. Its row is locked last in every transaction, and shortly."""

    store = models.SlugField(primary_key=True)
    sequence = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.store} at {self.sequence}"


class Event(models.Model):
    """A past-tense fact. `sequence` counts 1, 2, 3 … per store without a gap: read by it, never by `id`,
    which commits out of order. No event carries a code's token, a name or contact data."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    store = models.SlugField(db_index=False)
    sequence = models.PositiveBigIntegerField()
    type = models.CharField(max_length=64)
    order = models.CharField(max_length=32, null=True, blank=True)
    order_version = models.PositiveIntegerField(null=True, blank=True)
    data = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        ordering = ("store", "sequence")
        verbose_name = _("event")
        verbose_name_plural = _("events")
        constraints = [models.UniqueConstraint(fields=("store", "sequence"), name="event_sequence")]
        indexes = [models.Index(fields=("order", "sequence"), name="event_order")]

    def __str__(self) -> str:
        return f"{self.store} {self.sequence} {self.type}"
