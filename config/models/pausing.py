"""The pauses of a store, and its two clocks: what a pause stops, and what it does not."""

import datetime as dt

from django.db import models
from django.utils.translation import gettext_lazy as _

DARK_FOR = dt.timedelta(seconds=60)
"""So long without a barista's live screen, and the store pauses itself."""


class Pausing(models.Model):
    """Takes no new orders for a while, because somebody said so, or by itself because nobody was there."""

    paused_at = models.DateTimeField(_("paused since"), null=True, blank=True, editable=False)
    paused_for = models.DurationField(default=dt.timedelta(), editable=False)
    """How long all pauses that are over lasted together: staffed time is behind by that."""
    deserted_for = models.DurationField(default=dt.timedelta(), db_default=dt.timedelta(), editable=False)
    """How much of the pauses nobody had asked for, because the bar took them by itself: patience went on."""
    paused_by_itself = models.BooleanField(default=False, db_default=False, editable=False)
    """Paused because no barista's screen was live; it goes on as soon as one is."""

    class Meta:
        abstract = True

    @property
    def is_paused(self) -> bool:
        """Whether the baristas take no new orders for a while."""
        return self.paused_at is not None

    @property
    def deserted_since(self) -> dt.datetime | None:
        """Since when no barista's screen has been on (UTC) at a store that paused itself; None at others."""
        return self.paused_at - DARK_FOR if self.paused_by_itself and self.paused_at else None

    def staffed_time(self, moment: dt.datetime) -> dt.datetime:
        """How late it is (UTC) by a clock that stands still in every pause: what paces are measured in."""
        return (self.paused_at or moment) - self.paused_for

    def patience_time(self, moment: dt.datetime) -> dt.datetime:
        """How late it is (UTC) by a clock that stands still only while somebody paused the store, and not in
        a pause it took by itself: by it waiting orders time out."""
        stopped = None if self.paused_by_itself else self.paused_at
        return (stopped or moment) - self.paused_for + self.deserted_for

    def when_patience_is(self, reading: dt.datetime) -> dt.datetime | None:
        """The moment (UTC) at which that clock shows this; None while it stands still."""
        if self.is_paused and not self.paused_by_itself:
            return None
        return reading + self.paused_for - self.deserted_for
