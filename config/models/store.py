"""A store: one bar at one conference, and what it allows."""

import datetime as dt

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from config import looks, timetable
from serverlesspresso.core import clock
from serverlesspresso.core.typed_text import LineField, UniqueNameField

from .base import Configured, fresh_stamp
from .local_time import LocalTime, check_timezone
from .pausing import Pausing


def _seconds(name, default, help_text, **more):
    return models.PositiveIntegerField(
        name,
        default=default,
        validators=[MinValueValidator(1), MaxValueValidator(86_400)],
        help_text=help_text,
        **more,
    )


def a_year_from_now() -> dt.date:
    """The last day of a store if its organiser has not chosen one."""
    return dt.datetime.now(dt.UTC).date() + dt.timedelta(days=365)  # clock: any day about a year from now


def check_sign_in(ways) -> None:
    """Raise ValidationError unless this is a list of ways to sign in, with at least one."""
    if not isinstance(ways, list) or not ways or set(ways) - set(Store.SignIn.values):
        raise ValidationError(_("Choose at least one way to sign in: guest, phone or email."))


def only_guests() -> list[str]:
    """The ways to sign in at a new store: with a name only."""
    return [Store.SignIn.GUEST.value]


class StoreQuerySet(models.QuerySet):
    """Stores."""

    def current(self):
        """Stores that are not archived."""
        return self.filter(archived_at=None)


class Store(LocalTime, Pausing, Configured):
    """One bar at one conference. Never deleted, only archived. The rule book explains the defaults."""

    class Kind(models.TextChoices):
        REAL = "real", _("real")
        ROBOTS = "robots", _("robots (rehearsal)")
        RECORDING = "recording", _("recording")

    class SignIn(models.TextChoices):
        GUEST = "guest", _("a name only")
        PHONE = "phone", _("a code sent to their phone")
        EMAIL = "email", _("a code sent by e-mail")

    class Reach(models.TextChoices):
        HOSTED = "hosted", _("over the Internet: the bar runs on a server with its own address")
        TUNNEL = "tunnel", _("over the Internet: through a tunnel to the machine at the bar")
        ROUTER = "router", _("over the bar’s own Wi-Fi: phones join it first")

    slug = models.CharField(
        _("short name"),
        max_length=20,
        unique=True,
        validators=[RegexValidator(r"^[A-Za-z0-9][A-Za-z0-9_-]*\Z", _("Letters, digits, - and _ only."))],
        help_text=_("Part of every address of this store, such as ABC. It cannot be changed later."),
    )
    unique_name = UniqueNameField(of="slug")
    name = LineField(_("name"), max_length=80, help_text=_("What people read at the top of every screen."))
    kind = models.CharField(
        _("kind"),
        max_length=10,
        choices=Kind,
        default=Kind.REAL,
        help_text=_("Robot and recording stores are marked on every screen and left out of all figures."),
    )
    language = models.CharField(
        _("display language"),
        max_length=10,
        choices=settings.LANGUAGES,
        default=settings.LANGUAGE_CODE,
        help_text=_("For the big screen only. Phones and tablets use the language of the person using them."),
    )
    second_language = models.CharField(
        _("second display language"),
        max_length=10,
        choices=settings.LANGUAGES,
        blank=True,
        default="",
        db_default="",
        help_text=_("The big screen alternates between the two. If empty, it stays with the first."),
    )
    timezone = models.CharField(
        _("time zone"),
        max_length=50,
        default="UTC",
        validators=[check_timezone],
        help_text=_("Decides when a new day begins for the daily limit. Example: Europe/Lisbon."),
    )
    starts_on = models.DateField(
        _("first day"),
        null=True,
        blank=True,
        help_text=_("Opening hours apply from this day. If empty, immediately."),
    )
    ends_on = models.DateField(
        _("last day"),
        default=a_year_from_now,
        help_text=_("Names, contact data and typed reasons are deleted 7 days after this day."),
    )
    is_open = models.BooleanField(
        _("open"),
        default=False,
        help_text=_("A closed store accepts no new scans. Orders in progress are not affected."),
    )
    auto_pause = models.BooleanField(
        _("pauses when nobody is there"),
        default=True,
        db_default=True,
        help_text=_(
            "When every barista’s screen has been off for a minute, new orders wait until one is "
            "back. This does not apply if no barista’s screen has been on since opening."
        ),
    )
    turned_at = models.DateTimeField(null=True, editable=False)
    """When the hours last opened or closed the store, or when they were set."""
    last_orders_at = models.DateTimeField(_("last orders"), null=True, blank=True, editable=False)
    """When the store closes because somebody called last orders; None when nobody did."""
    capacity = models.PositiveIntegerField(
        _("places in the queue"),
        default=20,
        validators=[MinValueValidator(1), MaxValueValidator(10_000)],
        help_text=_("Scans are refused while this many orders are being chosen, waiting or being made."),
    )
    per_code = models.PositiveIntegerField(
        _("drinks per QR code"),
        default=10,
        validators=[MinValueValidator(1), MaxValueValidator(100_000)],
        help_text=_("How many people may order with one QR code. A change applies from the next code."),
    )
    per_day = models.PositiveIntegerField(
        _("drinks per person per day"),
        default=1,
        help_text=_("0 means no limit. Baristas may allow one more."),
    )
    code_s = _seconds(_("QR code changes every (s)"), 300, _("In seconds. Usually 300, five minutes."))
    customer_s = _seconds(
        _("time to choose (s)"),
        300,
        _("In seconds. Then the order ends; people may ask for more time, up to 10 times."),
    )
    barista_s = _seconds(
        _("longest standstill of the queue (s)"),
        900,
        _(
            "In seconds. Waiting orders end when no barista has done anything for this long. "
            "Pausing the store stops the count."
        ),
    )
    claim_s = _seconds(
        _("longest time to make a drink (s)"), 900, _("In seconds. Then the order goes back to its place.")
    )
    pickup_s = _seconds(
        _("time to collect a ready drink (s)"), 600, _("In seconds. Then it counts as not collected.")
    )
    warn_s = _seconds(
        _("a ticket looks old after (s)"),
        180,
        _("In seconds. It then changes colour and is marked as old on the baristas’ screens."),
        db_default=180,
    )
    late_s = _seconds(
        _("a ticket looks late after (s)"),
        360,
        _("In seconds. Must be more than for an old ticket."),
        db_default=360,
    )
    sign_in = models.JSONField(
        _("who may order"),
        default=only_guests,
        validators=[check_sign_in],
        help_text=_(
            "With a name only, the daily limit is per browser: somebody with two browsers gets "
            "two drinks. With codes by phone or e-mail it is per person; send yourself a test "
            "code before you switch them on."
        ),
    )
    phone_tested_at = models.DateTimeField(null=True, editable=False)
    email_tested_at = models.DateTimeField(null=True, editable=False)
    reach = models.CharField(
        _("how phones reach the bar"),
        max_length=10,
        choices=Reach,
        blank=True,
        default="",
        db_default="",
        editable=False,
    )
    """Empty if nobody was asked; the store then opens without a phone's test."""
    reached_at = models.DateTimeField(null=True, editable=False)
    """When a phone opened the test code, or a manager skipped the test."""
    archived_at = models.DateTimeField(_("archived"), null=True, blank=True, editable=False)
    menu_stamp = models.BigIntegerField(default=0, db_default=0, editable=False)
    """A random number that changes with the menu: what was read under it may be kept."""

    objects = StoreQuerySet.as_manager()

    class Meta:
        ordering = ("name", "slug")
        verbose_name = _("store")
        verbose_name_plural = _("stores")

    def __str__(self) -> str:
        return self.name

    def clean(self):
        if self.slug and Store.objects.filter(slug__iexact=self.slug).exclude(slug=self.slug).exists():
            # people type short names in lower case, so names that differ only in case are the same
            text = _(
                "Another store already has this short name; capital letters make no difference. "
                "Choose a different one."
            )
            raise ValidationError({"slug": text})
        if self.warn_s and self.late_s and self.late_s <= self.warn_s:
            raise ValidationError(
                {"late_s": _("A ticket is old before it is late: enter more seconds here.")}
            )

    def save(self, *args, update_fields=None, **kwargs):
        """Save, but never write an old stamp over a new one."""
        if update_fields is None:
            self.menu_stamp = fresh_stamp()
        super().save(*args, update_fields=update_fields, **kwargs)

    def at_store(self) -> "Store":
        return self

    @property
    def look(self) -> str:
        """What pages of this store are made from (`config.looks`)."""
        return looks.look_of(self)

    @property
    def limited(self) -> bool:
        """Whether limits per person apply here: not at a store of robots or a recording."""
        return self.kind == self.Kind.REAL

    def next_opening(self) -> dt.datetime | None:
        """When its hours next open the store (UTC); None if it has none, or no more."""
        return timetable.next_opening(self, clock.now())

    def opens_when(self) -> str:
        """When it next opens, in its own time and the reader's language: "09:00", or "Tuesday, 09:00"; empty
        if it is open, or if that is unknown."""
        return self.says(None if self.is_open else self.next_opening())

    def deserted_when(self) -> str:
        """Since when no barista's screen has been on at a store that paused itself, written as in
        `opens_when`; empty at others."""
        return self.says(self.deserted_since)

    def last_orders_when(self) -> str:
        """Until when last orders are taken, written as in `opens_when`; empty if nobody called them."""
        return self.says(self.last_orders_at if self.is_open else None)

    def next_closing(self) -> dt.datetime | None:
        """When it closes by itself (UTC): at last orders or at the end of its hours; None if it is closed, or
        if only people close it."""
        if not self.is_open:
            return None
        return self.last_orders_at or timetable.next_closing(self, clock.now())

    @property
    def untried(self) -> bool:
        """Whether it is still untested that phones reach it: until then it does not open."""
        return bool(self.reach) and self.reached_at is None

    def proven(self, way: str) -> bool:
        """Whether people may sign in this way: a test code arrived, or none is needed."""
        return way == self.SignIn.GUEST or getattr(self, f"{way}_tested_at") is not None
