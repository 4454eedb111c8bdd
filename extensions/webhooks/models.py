"""Endpoints, and what was sent to them."""

import datetime as dt
import json

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from serverlesspresso.extension_api import clock
from serverlesspresso.extension_api.bus import all_types, matches
from serverlesspresso.extension_api.network import safe_http
from serverlesspresso.extension_api.outbox import DeliveryFailed, Effect
from serverlesspresso.extension_api.stores import Store
from serverlesspresso.extension_api.text import AddressField, LineField

from . import signing

ROTATION = dt.timedelta(hours=24)
"""For this long after a change of the secret, messages also carry the old one's signature."""
BUSY = (429, 502, 504)
GONE = 410


def check_url(url: str) -> None:
    """Raise ValidationError for an address to which nothing would be sent."""
    try:
        safe_http.check(url)
    except safe_http.Unusable as problem:
        raise ValidationError(str(problem)) from None


def check_patterns(patterns) -> None:
    """Raise ValidationError unless each is the name of an event, a prefix with a star, or a star."""
    names = [each.name for each in all_types()]
    for pattern in patterns if isinstance(patterns, list) else [patterns]:
        stem = pattern.removesuffix("*") if isinstance(pattern, str) else None
        if stem is None or not any(
            name == pattern or (stem != pattern and name.startswith(stem)) for name in names
        ):
            raise ValidationError(
                _(
                    "There is no event called %(name)s. "
                    "Examples: OrderManager.OrderCompleted, OrderManager.* or *."
                ),
                params={"name": pattern},
            )


def everything() -> list[str]:
    return ["*"]


class Endpoint(models.Model):
    """A server that wants a store's events. The store is not a database constraint: this table may be
    dropped."""

    store = models.ForeignKey(
        Store, models.DO_NOTHING, db_constraint=False, related_name="+", verbose_name=_("store")
    )
    url = AddressField(_("address"), max_length=500, validators=[check_url])
    note = LineField(_("note"), max_length=100, blank=True)
    patterns = models.JSONField(
        _("events"),
        default=everything,
        validators=[check_patterns],
        help_text=_(
            'A list of event names or prefixes, such as ["OrderManager.OrderCompleted"] or '
            '["OrderManager.*"].'
        ),
    )
    is_on = models.BooleanField(_("on"), default=True)
    off_because = models.CharField(_("reason it is off"), max_length=200, blank=True, editable=False)
    secret = models.CharField(_("secret"), max_length=100, default=signing.new_secret, editable=False)
    old_secret = models.CharField(max_length=100, blank=True, editable=False)
    rotated_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ("store", "pk")
        verbose_name = _("endpoint")
        verbose_name_plural = _("endpoints")

    def __str__(self) -> str:
        return self.note or self.url

    def wants(self, type: str) -> bool:
        """Whether it gets events of this type."""
        return any(matches(pattern, type) for pattern in self.patterns)

    def secrets(self, now: dt.datetime) -> list[str]:
        """The secrets to sign with now: the new one first, and for a day after a change also the old one."""
        rotating = self.old_secret and self.rotated_at and now - self.rotated_at < ROTATION
        return [self.secret, self.old_secret] if rotating else [self.secret]

    def rotate(self) -> None:
        """Make a new secret; for a day the old one also signs."""
        self.old_secret, self.secret, self.rotated_at = self.secret, signing.new_secret(), clock.now()
        self.save(update_fields=["old_secret", "secret", "rotated_at"])


class Delivery(Effect):
    """One event for one endpoint. Receivers recognise a repetition by its id, so there are ten attempts."""

    SCHEDULE_S = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
    """The example of Standard Webhooks: 75 hours in all."""
    PLACES, EACH = 16, 2

    endpoint = models.ForeignKey(
        Endpoint, models.SET_NULL, null=True, related_name="deliveries", verbose_name=_("endpoint")
    )
    """None if it was deleted; what it was sent is still listed."""
    type = models.CharField(_("event"), max_length=64)
    body = models.JSONField(_("body"))

    class Meta(Effect.Meta):
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [models.UniqueConstraint(fields=("endpoint", "event"), name="webhook_once")]

    def receiver(self) -> str:
        return str(self.endpoint_id or 0)

    @classmethod
    def to(cls, receivers: frozenset[str]) -> models.Q:
        """The deliveries for these endpoints."""
        return models.Q(endpoint__in=receivers)

    def send(self) -> None:
        """POST it, signed. Anything but 2xx is a failure; 410 switches the endpoint off."""
        endpoint = self.endpoint
        if endpoint is None:
            raise DeliveryFailed("the endpoint was deleted", final=True)
        if not endpoint.is_on:
            raise DeliveryFailed("the endpoint is off", final=True)
        try:
            answer = safe_http.post(endpoint.url, *self.message(endpoint, clock.now()))
        except safe_http.Unusable as problem:
            raise DeliveryFailed(str(problem), final=True) from None
        except safe_http.Unreachable as problem:
            raise DeliveryFailed(str(problem)) from problem
        if answer.status == GONE:
            Endpoint.objects.filter(pk=endpoint.pk).update(is_on=False, off_because="it answered 410 Gone")
            raise DeliveryFailed("410 Gone", final=True)
        if not 200 <= answer.status < 300:
            wait = answer.retry_after if answer.status in (*BUSY, 503) else 0
            raise DeliveryFailed(f"answered {answer.status}", retry_after=wait)

    def message(self, endpoint: Endpoint, now: dt.datetime) -> tuple[bytes, dict[str, str]]:
        """Body and headers of an attempt at this time."""
        from standardwebhooks import Webhook

        body, message = json.dumps(self.body, ensure_ascii=False, separators=(",", ":")), self.body["id"]
        signatures = (Webhook(secret).sign(message, now, body) for secret in endpoint.secrets(now))
        return body.encode(), {
            "Content-Type": "application/cloudevents+json",
            "User-Agent": "Serverlesspresso",
            "webhook-id": message,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": " ".join(signatures),
        }
