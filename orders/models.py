"""Orders, the queue they wait in, and what staff granted."""

import secrets

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from config.models import Store
from display.models import Hold


class Status(models.TextChoices):
    """Where an order is in its life; the moves between are `orders.processor.EDGES`."""

    VALIDATING = "validating", _("validating")
    CHOOSING = "choosing", _("choosing")
    SUBMITTED = "submitted", _("submitted")
    QUEUED = "queued", _("waiting")
    MAKING = "making", _("being made")
    READY = "ready", _("ready")
    COLLECTED = "collected", _("collected")
    CANCELLED = "cancelled", _("cancelled")
    TIMED_OUT = "timed_out", _("timed out")
    REJECTED = "rejected", _("rejected")


LIVE = (Status.VALIDATING, Status.CHOOSING, Status.SUBMITTED, Status.QUEUED, Status.MAKING)
"""Takes a place in the queue, and keeps the customer from ordering again."""
TERMINAL = (Status.COLLECTED, Status.CANCELLED, Status.TIMED_OUT, Status.REJECTED)
COUNTS = (*LIVE, Status.READY, Status.COLLECTED)
"""Counts for the daily limit."""


def new_id() -> str:
    """128 random bits: an order's address cannot be guessed."""
    return secrets.token_urlsafe(16)


class Order(models.Model):
    """One drink for one person. Only `orders.processor.move` writes `status`."""

    class Source(models.TextChoices):
        SCAN = "scan", _("scanned")
        WALK_UP = "walk_up", _("walk-up")
        REMAKE = "remake", _("remake")
        INVITE = "invite", _("invited")

    id = models.CharField(primary_key=True, max_length=32, default=new_id, editable=False)
    store = models.ForeignKey(Store, models.PROTECT, related_name="orders", verbose_name=_("store"))
    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="orders",
        verbose_name=_("customer"),
    )
    browser = models.CharField(max_length=40, blank=True, editable=False)
    name = models.CharField(_("name on the cup"), max_length=60, blank=True)
    hold = models.OneToOneField(Hold, models.PROTECT, null=True, related_name="order", editable=False)
    source = models.CharField(_("source"), max_length=10, choices=Source, default=Source.SCAN)
    remake_of = models.ForeignKey("self", models.SET_NULL, null=True, related_name="remakes", editable=False)
    scan_day = models.DateField(_("day"))
    priority = models.BooleanField(_("priority"), default=False, db_default=False)
    bring = models.BooleanField(_("bring to the customer"), default=False, db_default=False)

    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.VALIDATING)
    version = models.PositiveIntegerField(default=1)
    series = models.PositiveIntegerField(_("series"), null=True)
    number = models.PositiveIntegerField(_("number"), null=True)
    place = models.PositiveBigIntegerField(null=True)
    drink = models.CharField(_("drink"), max_length=60, blank=True)
    modifiers = models.JSONField(_("modifiers"), default=list, blank=True)
    barista = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("barista")
    )

    created_at = models.DateTimeField(_("created"))
    moved_at = models.DateTimeField()
    submitted_at = models.DateTimeField(_("submitted"), null=True)
    queued_at = models.DateTimeField(_("queued"), null=True)
    queued_clock = models.DateTimeField(null=True)
    """When it was queued, in patience time (`Store.patience_time`)."""
    queued_staffed = models.DateTimeField(null=True)
    """When it was queued, in staffed time (`Store.staffed_time`); likewise `claimed_staffed` and
    `completed_staffed`."""
    promised_from = models.DateTimeField(_("promised from"), null=True)
    promised_to = models.DateTimeField(_("promised by"), null=True)
    claimed_at = models.DateTimeField(_("claimed"), null=True)
    claimed_staffed = models.DateTimeField(null=True)
    completed_at = models.DateTimeField(_("ready"), null=True)
    completed_staffed = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    settled_at = models.DateTimeField(null=True)
    deadline_at = models.DateTimeField(_("deadline"), null=True)
    called_at = models.DateTimeField(null=True)
    """When its number was called again because nobody had come for the drink."""
    struck = models.BooleanField(default=False, db_default=False)
    """Cancelled while its ticket lay on the bar, where it stays struck through until somebody has seen it."""
    extensions = models.PositiveSmallIntegerField(default=0)
    task_token = models.CharField(max_length=32, blank=True)
    reason = models.CharField(_("reason"), max_length=30, blank=True)
    reason_text = models.CharField(_("typed reason"), max_length=200, blank=True)
    last_command = models.CharField(max_length=20, blank=True)
    last_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ("-created_at",)
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        constraints = [
            models.UniqueConstraint(fields=("store", "series", "number"), name="order_number"),
            models.CheckConstraint(
                condition=Q(finished_at=None) ^ Q(status__in=TERMINAL), name="order_finished_when_terminal"
            ),
        ]
        indexes = [
            models.Index(fields=("store", "status", "place"), name="order_queue"),
            models.Index(fields=("deadline_at",), condition=Q(deadline_at__isnull=False), name="order_due"),
            models.Index(fields=("moved_at",), condition=Q(settled_at=None), name="order_unsettled"),
            # every second the sweep asks where anybody waits, however long the past is
            models.Index(fields=("store",), condition=Q(status="queued"), name="order_waiting"),
            models.Index(fields=("store", "customer", "scan_day"), name="order_customer_day"),
            models.Index(fields=("store", "browser", "scan_day"), name="order_browser_day"),
            models.Index(fields=("customer", "-created_at"), name="order_of_customer"),
            models.Index(fields=("store", "completed_at"), name="order_completed"),
            models.Index(fields=("store",), condition=Q(struck=True), name="order_struck"),
        ]

    def __str__(self) -> str:
        return f"{self.number or self.pk}"

    @property
    def is_live(self) -> bool:
        """Whether it takes a place in the queue."""
        return self.status in LIVE

    @property
    def is_terminal(self) -> bool:
        """Whether nothing can happen to it any more."""
        return self.status in TERMINAL


class Queue(models.Model):
    """A store's counter and its baristas' clock: one row per store, locked before its orders' rows."""

    store = models.OneToOneField(Store, models.PROTECT, primary_key=True, related_name="queue")
    series = models.PositiveIntegerField(default=1)
    last_number = models.PositiveIntegerField(default=0)
    series_day = models.DateField(null=True)
    active_clock = models.DateTimeField(null=True)
    """When a barista last claimed, completed or cancelled anything, in patience time."""

    def __str__(self) -> str:
        return f"{self.store_id}: {self.series}/{self.last_number}"


class Grant(models.Model):
    """One more drink today for somebody, allowed by staff."""

    store = models.ForeignKey(Store, models.CASCADE, related_name="grants")
    customer = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="grants")
    browser = models.CharField(max_length=40, blank=True)
    day = models.DateField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    order = models.ForeignKey(Order, models.SET_NULL, null=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=("store", "day", "customer"), name="grant_day")]


class Watch(models.Model):
    """When a barista's screen was last live at a store; no row if none has been since the store opened."""

    store = models.OneToOneField(Store, models.CASCADE, primary_key=True, related_name="watch")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.store_id}: {self.at}"


class Turn(models.Model):
    """Somebody on a store's waiting list. Once offered, it has a hold on a code and a place in the queue."""

    id = models.CharField(primary_key=True, max_length=32, default=new_id, editable=False)
    store = models.ForeignKey(Store, models.CASCADE, related_name="turns")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    browser = models.CharField(max_length=40, blank=True)
    network = models.CharField(max_length=32, blank=True, default="", db_default="")
    """The network it was asked from, as a keyed hash, until the turn is over."""
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    hold = models.OneToOneField(Hold, models.SET_NULL, null=True, related_name="turn")
    offered_until = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=("store", "asked_at"), condition=Q(ended_at=None), name="turn_waiting"),
            models.Index(fields=("expires_at",), condition=Q(ended_at=None), name="turn_due"),
        ]


class Invite(models.Model):
    """An invitation by staff: a link, and six digits that lead to it. Works once, for a few minutes."""

    token = models.CharField(primary_key=True, max_length=32, default=new_id, editable=False)
    digits = models.CharField(max_length=6)
    store = models.ForeignKey(Store, models.CASCADE, related_name="invites")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    priority = models.BooleanField(default=False)
    bring = models.BooleanField(default=False)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    order = models.OneToOneField(Order, models.SET_NULL, null=True, related_name="invite")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=("store", "digits"), condition=Q(used_at=None), name="invite_digits_once"
            )
        ]


class Heartbeat(models.Model):
    """When something that must keep running last ran."""

    name = models.CharField(primary_key=True, max_length=20)
    at = models.DateTimeField()
