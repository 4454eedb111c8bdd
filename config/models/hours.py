"""The timetable of a store."""

from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from .store import Store


class OpeningHours(models.Model):
    """When a store is open on a day of the week, in its own time.

    Written by `config.schedule.set_hours` only. A closing at or before the opening is on the next day.
    """

    class Day(models.IntegerChoices):
        MONDAY = 0, _("Monday")
        TUESDAY = 1, _("Tuesday")
        WEDNESDAY = 2, _("Wednesday")
        THURSDAY = 3, _("Thursday")
        FRIDAY = 4, _("Friday")
        SATURDAY = 5, _("Saturday")
        SUNDAY = 6, _("Sunday")

    store = models.ForeignKey(Store, models.CASCADE, related_name="hours", verbose_name=_("store"))
    weekday = models.PositiveSmallIntegerField(_("day"), choices=Day)
    opens = models.TimeField(_("from"))
    closes = models.TimeField(_("to"))

    class Meta:
        ordering = ("weekday", "opens")
        verbose_name = _("opening hours")
        verbose_name_plural = _("opening hours")

    def __str__(self) -> str:
        times = f"{self.opens:%H:%M}–{self.closes:%H:%M}"  # clock: no moments
        return f"{capfirst(self.get_weekday_display())} {times}"
