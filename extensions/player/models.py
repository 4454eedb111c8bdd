"""When played events originally happened. Stores are named, without a foreign key: this table may be
dropped."""

from django.db import models


class Played(models.Model):
    """The time that an event of a store's log had in the recording it came from."""

    store = models.SlugField(db_index=False)
    sequence = models.PositiveBigIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=("store", "sequence"), name="played_once")]

    def __str__(self) -> str:
        return f"{self.store} {self.sequence} at {self.at}"
