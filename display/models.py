"""Codes, and the holds that scans take from them."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from config.models import Store
from serverlesspresso.core import clock


class Code(models.Model):
    """One QR code: one per store and time window, good for `budget` holds that were not given back."""

    store = models.ForeignKey(Store, models.PROTECT, related_name="codes")
    token = models.CharField(max_length=40, unique=True)
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField()
    budget = models.PositiveIntegerField()
    used = models.PositiveIntegerField(default=0)
    replaced_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("QR code")
        verbose_name_plural = _("QR codes")
        constraints = [
            models.UniqueConstraint(
                fields=("store", "starts_at"), condition=Q(replaced_at=None), name="one_code_per_window"
            ),
            models.CheckConstraint(condition=Q(used__lte=F("budget")), name="code_not_oversold"),
        ]
        indexes = [models.Index(fields=("store", "-ends_at"), name="code_running")]

    def __str__(self) -> str:
        return f"{self.store_id} {clock.text(self.starts_at)}"

    @property
    def remaining(self) -> int:
        return self.budget - self.used


class Hold(models.Model):
    """What a scan takes from a code, for one browser or person. Unused, it goes back after 5 minutes."""

    code = models.ForeignKey(Code, models.PROTECT, related_name="holds")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    browser = models.CharField(max_length=40, blank=True)
    network = models.CharField(max_length=32, blank=True, default="", db_default="")
    """The network of a scan, as a keyed hash, until somebody has given a name for it."""
    taken_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    returned_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=("expires_at",), condition=Q(used_at=None, returned_at=None), name="hold_open"
            ),
            models.Index(fields=("browser", "taken_at"), name="hold_browser"),
            models.Index(fields=("user", "taken_at"), name="hold_user"),
        ]

    def __str__(self) -> str:
        return f"hold {self.pk} of code {self.code_id}"
