"""The pauses of a store, and its two clocks: what a pause stops, and what it does not."""

import datetime as dt

from django.db import models
from django.utils.translation import gettext_lazy as _

DARK_FOR = dt.timedelta(seconds=60)
"""After this long without a barista's live screen the store pauses itself."""


class Pausing(models.Model):
    """A pause, in which the store takes no new orders: somebody paused it, or it paused itself because nobody
    was there."""

    paused_at = models.DateTimeField(_("paused since"), null=True, blank=True, editable=False)
    paused_for = models.DurationField(default=dt.timedelta(), editable=False)
    """The total length of all past pauses, by which staffed time lags."""
    deserted_for = models.DurationField(default=dt.timedelta(), db_default=dt.timedelta(), editable=False)
    """How much of the pauses the bar took by itself, while patience time went on."""
    paused_by_itself = models.BooleanField(default=False, db_default=False, editable=False)
    """Paused because no barista's screen was live; the store resumes as soon as one is."""

    class Meta:
        abstract = True

    @property
    def is_paused(self) -> bool:
        """Whether the store is paused."""
        return self.paused_at is not None

    @property
    def deserted_since(self) -> dt.datetime | None:
        """Since when (UTC) no barista's screen has been on, at a store that paused itself; None at others."""
        return self.paused_at - DARK_FOR if self.paused_by_itself and self.paused_at else None

    def staffed_time(self, moment: dt.datetime) -> dt.datetime:
        """The time (UTC) by a clock that stands still in every pause; paces are measured by it."""
        return (self.paused_at or moment) - self.paused_for

    def patience_time(self, moment: dt.datetime) -> dt.datetime:
        """The time (UTC) by a clock that stands still only while somebody has paused the store, not in a
        pause it took by itself; waiting orders time out by it."""
        stopped = None if self.paused_by_itself else self.paused_at
        return (stopped or moment) - self.paused_for + self.deserted_for

    def when_patience_is(self, reading: dt.datetime) -> dt.datetime | None:
        """The moment (UTC) at which that clock shows this; None while it stands still."""
        if self.is_paused and not self.paused_by_itself:
            return None
        return reading + self.paused_for - self.deserted_for
