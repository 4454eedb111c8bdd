"""What became of each order, step by step, kept even after the log has been tidied."""

from django.db import models


class Step(models.Model):
    """One event of an order's life. It names store and order without a foreign key: this table may be
    dropped."""

    store = models.SlugField(db_index=False)
    sequence = models.PositiveBigIntegerField()
    order = models.CharField(max_length=32)
    type = models.CharField(max_length=64)
    data = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=("store", "sequence"), name="journey_step_once")]
        indexes = [models.Index(fields=("order", "sequence"), name="journey_of_order")]

    def __str__(self) -> str:
        return f"{self.order} {self.sequence} {self.type}"
