"""Rehearsals: robots at a copy of a real bar, started and watched from the admin."""

import datetime as dt

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from serverlesspresso.extension_api import clock
from serverlesspresso.extension_api.stores import Store

_SILENT = dt.timedelta(seconds=60)


class Pace(models.IntegerChoices):
    """How many times as fast as people the robots live."""

    PEOPLE = 1, _("at human speed")
    BRISK = 10, _("10 times as fast")
    QUICK = 60, _("60 times as fast: an hour in a minute")


class Rehearsal(models.Model):
    """One run of robots at a copy of a store. Times are UTC; `beat_at` is when it last reported progress."""

    store = models.ForeignKey(Store, models.CASCADE, related_name="+", verbose_name=_("store"))
    copy = models.ForeignKey(
        Store, models.SET_NULL, null=True, editable=False, related_name="+", verbose_name=_("store rehearsed")
    )
    customers = models.PositiveSmallIntegerField(
        _("customers"), default=50, validators=[MinValueValidator(1), MaxValueValidator(500)]
    )
    baristas = models.PositiveSmallIntegerField(
        _("baristas"), default=2, validators=[MinValueValidator(1), MaxValueValidator(10)]
    )
    rush = models.BooleanField(
        _("rush"), default=True, help_text=_("Everybody comes at once, as at the start of a break.")
    )
    pace = models.PositiveSmallIntegerField(_("pace"), choices=Pace, default=Pace.BRISK)
    asked_at = models.DateTimeField(_("requested"), editable=False)
    begun_at = models.DateTimeField(_("started"), null=True, editable=False)
    beat_at = models.DateTimeField(null=True, editable=False)
    ended_at = models.DateTimeField(_("ended"), null=True, editable=False)
    stop_asked = models.BooleanField(default=False, editable=False)
    done = models.PositiveIntegerField(_("customers done"), default=0, editable=False)
    ordered = models.PositiveIntegerField(_("have ordered"), default=0, editable=False)
    told = models.TextField(_("what happened"), blank=True, editable=False)

    class Meta:
        ordering = ("-asked_at",)
        verbose_name = _("rehearsal")
        verbose_name_plural = _("rehearsals")

    def __str__(self) -> str:
        return f"{self.store} ({self.customers})"

    @property
    def is_on(self) -> bool:
        """Whether it is running. One that reports nothing for a minute was killed with its process."""
        return self.ended_at is None and abs(clock.now() - (self.beat_at or self.asked_at)) < _SILENT
