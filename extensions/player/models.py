"""When what was played had happened. Stores are named, not referred to: this table may go."""

from django.db import models


class Played(models.Model):
    """The time an event of a store's log had in the recording it was played from."""

    store = models.SlugField(db_index=False)
    sequence = models.PositiveBigIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=("store", "sequence"), name="played_once")]

    def __str__(self) -> str:
        return f"{self.store} {self.sequence} at {self.at}"
