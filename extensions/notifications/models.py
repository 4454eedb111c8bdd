"""Who asked to be notified, how, and what they were sent. People are numbers here: these tables may be
dropped."""

from functools import reduce
from operator import or_
from urllib.parse import urlsplit

from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from serverlesspresso.extension_api.outbox import Effect
from serverlesspresso.extension_api.stores import Store

from .texts import Kind


class Channel(models.TextChoices):
    """A way to reach somebody."""

    PUSH = "push", _("on this device")
    EMAIL = "email", _("by e-mail")
    SMS = "sms", _("by text message")


class Offer(models.Model):
    """The channels a store offers; a store without a row offers those that cost nothing."""

    store = models.OneToOneField(
        Store, models.DO_NOTHING, db_constraint=False, related_name="+", verbose_name=_("store")
    )
    push = models.BooleanField(_("on the phone itself (Web Push)"), default=True)
    email = models.BooleanField(_("by e-mail"), default=True)
    sms = models.BooleanField(_("by text message"), default=False, help_text=_("Each one costs money."))
    email_cap = models.PositiveIntegerField(
        _("e-mails per 24 hours, at most"), default=2000, validators=[MaxValueValidator(1_000_000)]
    )
    sms_cap = models.PositiveIntegerField(
        _("text messages per 24 hours, at most"),
        default=200,
        validators=[MaxValueValidator(1_000_000)],
        help_text=_("Daily spending limit. Messages beyond it are held back and listed."),
    )

    class Meta:
        verbose_name = _("offer")
        verbose_name_plural = _("offers")

    def __str__(self) -> str:
        return str(self.store)

    @classmethod
    def of(cls, slug: str) -> "Offer":
        """The offer of the store with this short name."""
        return cls.objects.filter(store__slug=slug).first() or cls()


class Wish(models.Model):
    """Somebody's agreement to be notified of their orders at a store, by this channel and in this
    language."""

    user = models.PositiveBigIntegerField()
    store = models.SlugField(db_index=False)
    channel = models.CharField(max_length=5, choices=Channel)
    language = models.CharField(max_length=10)
    agreed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=("user", "store", "channel"), name="wish_once")]

    def __str__(self) -> str:
        return f"{self.user} {self.store} {self.channel}"


class Device(models.Model):
    """A browser that can be woken: the address at which its maker accepts messages for it, and the keys that
    encrypt them. `key` is the id of our key under which it subscribed; its maker accepts messages signed by
    that one only."""

    user = models.PositiveBigIntegerField(db_index=True)
    endpoint = models.CharField(max_length=500, unique=True)
    p256dh = models.CharField(max_length=100)
    auth = models.CharField(max_length=50)
    key = models.CharField(max_length=16, default="", db_default="")

    @property
    def service(self) -> str:
        """Scheme and host of the push service."""
        parts = urlsplit(self.endpoint)
        return f"{parts.scheme}://{parts.netloc}"

    def __str__(self) -> str:
        return f"{self.user} {self.pk}"


class Notice(Effect):
    """A notice to somebody about an order. Coffee gets cold: after 15 minutes it is not sent."""

    LASTS_S = 900

    order = models.CharField(_("order"), max_length=32)
    user = models.PositiveBigIntegerField(editable=False)
    kind = models.CharField(_("what"), max_length=10, choices=Kind)
    language = models.CharField(max_length=10)

    class Meta(Effect.Meta):
        abstract = True


class PushNotice(Notice):
    """A push message to a browser."""

    PLACES, EACH = 8, 4
    device = models.ForeignKey(Device, models.CASCADE, editable=False)

    class Meta(Notice.Meta):
        verbose_name = _("push")
        verbose_name_plural = _("pushes")

    def receiver(self) -> str:
        """The push service, which serves many people's devices."""
        return self.device.service

    @classmethod
    def to(cls, receivers: frozenset[str]) -> models.Q:
        """The notices for devices of these push services."""
        chosen = (models.Q(device__endpoint__startswith=f"{each}/") for each in receivers)
        return reduce(or_, chosen, models.Q(pk__in=()))

    def send(self) -> None:
        """Send it through the push service of the browser's maker."""
        from . import sending

        sending.push(self)


class EmailNotice(Notice):
    """An e-mail."""

    class Meta(Notice.Meta):
        verbose_name = _("e-mail")
        verbose_name_plural = _("e-mails")

    def send(self) -> None:
        """Send it to the address they signed in with."""
        from . import sending

        sending.email(self)

    def cap(self) -> int:
        return Offer.of(self.store).email_cap


class SmsNotice(Notice):
    """A text message."""

    class Meta(Notice.Meta):
        verbose_name = _("text message")
        verbose_name_plural = _("text messages")

    def send(self) -> None:
        """Send it to the phone they signed in with."""
        from . import sending

        sending.sms(self)

    def cap(self) -> int:
        """The store's own limit, which bounds the bill."""
        return Offer.of(self.store).sms_cap
