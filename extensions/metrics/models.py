"""What was counted. Stores and orders are named, not referred to: these tables may go at any time."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    """What a tally counts."""

    ORDERS = "orders", _("orders begun")
    DRINKS = "drinks", _("drinks made")
    MODIFIERS = "modifiers", _("modifiers")
    HOURS = "hours", _("drinks by hour")
    ENDS = "ends", _("how orders ended")
    WAITS = "waits", _("from order to ready")
    PICKUPS = "pickups", _("from ready to collected")


class Tally(models.Model):
    """So many of one thing, at a store, on a day in the store's own time."""

    store = models.SlugField(db_index=False)
    day = models.DateField()
    kind = models.CharField(max_length=10, choices=Kind)
    name = models.CharField(max_length=60)
    count = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=("store", "day", "kind", "name"), name="tally_once")]

    def __str__(self) -> str:
        return f"{self.store} {self.day} {self.kind} {self.name}: {self.count}"


class Pending(models.Model):
    """What must be remembered of an order until its books are settled; then it goes."""

    order = models.CharField(primary_key=True, max_length=32)
    store = models.SlugField(db_index=False)
    submitted_at = models.DateTimeField(null=True)
    completed_at = models.DateTimeField(null=True)
    drink = models.CharField(max_length=60, blank=True)
    modifiers = models.JSONField(default=list)

    class Meta:
        indexes = [models.Index(fields=("store",), name="metrics_pending_store")]

    def __str__(self) -> str:
        return self.order


class Counted(models.Model):
    """How far a store's log has been counted: the version of its figures."""

    store = models.SlugField(primary_key=True)
    sequence = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.store} at {self.sequence}"
