"""What became of each order, step by step, kept even when the log has long been tidied up."""

from django.db import models


class Step(models.Model):
    """One event of an order's life. It names store and order and refers to neither: the table may go."""

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
