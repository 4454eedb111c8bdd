"""What was counted. Stores are named, without a foreign key: this table may be dropped at any time."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    """What a tally counts. Rows of other kinds date from earlier releases; nothing reads them."""

    DRINKS = "drinks", _("drinks made")
    ENDS = "ends", _("how orders ended")


class Tally(models.Model):
    """A count of one thing, at a store, on a day in the store's own time."""

    store = models.SlugField(db_index=False)
    day = models.DateField()
    kind = models.CharField(max_length=10, choices=Kind)
    name = models.CharField(max_length=60)
    count = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=("store", "day", "kind", "name"), name="tally_once")]

    def __str__(self) -> str:
        return f"{self.store} {self.day} {self.kind} {self.name}: {self.count}"
