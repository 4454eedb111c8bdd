"""Who is who: people, guests, screens and programs are users; what they may do at a store is a membership."""

import contextlib
import datetime as dt
import hashlib
import secrets

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import OperationalError, models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.models import Store
from serverlesspresso.core import clock
from serverlesspresso.core.typed_text import LineField


class UserManager(BaseUserManager["User"]):
    """Makes users, by e-mail, by phone or with a name only."""

    def create_user(self, email=None, password=None, **fields):
        """A new user; without a password nobody can sign in as it by password."""
        user = self.model(email=(email or "").strip().lower() or None, **fields)
        user.set_password(password) if password else user.set_unusable_password()
        user.save(using=self._db)
        return user

    def create_superuser(self, email, password=None, **fields):
        """Somebody who may do everything at every store."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person, a guest (a name in one browser), or a device (a paired screen, a program with a token)."""

    name = LineField(_("name"), max_length=60, blank=True)
    email = models.EmailField(_("e-mail"), unique=True, null=True, blank=True)
    phone = models.CharField(_("phone"), max_length=20, unique=True, null=True, blank=True)
    phone_verified = models.BooleanField(_("phone verified"), default=False)
    is_guest = models.BooleanField(_("guest"), default=False, editable=False)
    is_device = models.BooleanField(_("screen or program"), default=False, editable=False)
    is_staff = models.BooleanField(_("may use this admin"), default=False)
    is_active = models.BooleanField(
        _("active"),
        default=True,
        help_text=_("Untick this instead of deleting the account: it ends every session."),
    )
    date_joined = models.DateTimeField(_("since"), default=timezone.now, editable=False)

    objects = UserManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        verbose_name = _("person or screen")
        verbose_name_plural = _("people and screens")

    def __str__(self) -> str:
        return self.display_name

    @property
    def display_name(self) -> str:
        """What others may read: the name, never contact data."""
        return self.name or str(_("Guest") if self.is_guest else _("No name"))

    def get_full_name(self) -> str:
        """For Django's own pages."""
        return self.display_name

    get_short_name = get_full_name


class Role(models.TextChoices):
    """What somebody may do at a store; each may also do what a customer may."""

    DISPLAY = "display", _("Display")
    BARISTA = "barista", _("Barista")
    MANAGER = "manager", _("Manager")


class Membership(models.Model):
    """A role at a store. Taking it away works at once, on open sockets within 30 seconds."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="memberships",
        verbose_name=_("person or screen"),
    )
    store = models.ForeignKey(Store, models.CASCADE, related_name="memberships", verbose_name=_("store"))
    role = models.CharField(_("role"), max_length=10, choices=Role)
    since = models.DateTimeField(_("since"), auto_now_add=True)
    pin = models.CharField(max_length=128, blank=True, default="", db_default="", editable=False)
    """A digest of the digits with which somebody says on a shared tablet who they are."""

    class Meta:
        verbose_name = _("role")
        verbose_name_plural = _("roles")
        constraints = [models.UniqueConstraint(fields=("user", "store"), name="one_role_per_store")]

    def __str__(self) -> str:
        return f"{self.user}: {self.get_role_display()}"


def digest(secret: str) -> str:
    """What is stored of a random secret: enough to recognise it, nothing to use it."""
    return hashlib.sha256(secret.encode()).hexdigest()


class ApiToken(models.Model):
    """A secret with which a program acts as a user. Only its digest is kept: it is shown once."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="tokens", verbose_name=_("person or screen")
    )
    digest = models.CharField(max_length=64, unique=True, editable=False)
    made_at = models.DateTimeField(_("created"), auto_now_add=True)
    name = models.CharField(
        _("purpose"),
        max_length=50,
        blank=True,
        default="",
        db_default="",
        help_text=_("So that you know later whether it can be removed, such as: till at the door."),
    )
    expires_at = models.DateTimeField(
        _("expires"),
        null=True,
        blank=True,
        help_text=_("It is refused from then on. If empty, it never expires."),
    )
    last_used_at = models.DateTimeField(_("last used"), null=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)

    NOTED_EVERY = dt.timedelta(hours=1)
    """The last use is right to within this: to write it down with each call would cost more than the call."""

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")

    def __str__(self) -> str:
        return f"{self.user} ({self.name or self.made_at.strftime('%Y-%m-%d')})"  # clock: for programmers

    def clean(self) -> None:
        """A token that has expired before it is made is a mistake."""
        if self.expires_at and self.expires_at <= clock.now():
            raise ValidationError({"expires_at": _("Choose a time in the future.")})

    @classmethod
    def issue(cls, user: User, **fields) -> str:
        """Make a token for a user and return it, for the only time."""
        token = cls(user=user, **fields)
        secret = token.renew()
        token.save()
        return secret

    def renew(self) -> str:
        """Give it a new secret (not saved) and return that, for the only time."""
        secret = secrets.token_urlsafe(32)
        self.digest = digest(secret)
        return secret

    def use(self) -> bool:
        """Whether it may be used now; if so, that it was is noted, from time to time."""
        now = clock.now()
        if self.expires_at and self.expires_at <= now:
            return False
        if self.last_used_at is None or now - self.last_used_at >= self.NOTED_EVERY:
            with contextlib.suppress(OperationalError):  # a busy database: the next call notes it
                type(self).objects.filter(pk=self.pk).update(last_used_at=now)
        return True


class Pairing(models.Model):
    """A screen that shows a short code and waits for staff to confirm it (in the manner of RFC 8628)."""

    code = models.CharField(max_length=9, unique=True)
    digest = models.CharField(max_length=64, unique=True)
    store = models.ForeignKey(Store, models.CASCADE)
    role = models.CharField(max_length=10, choices=Role)
    made_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    screen = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+")
    taken_at = models.DateTimeField(null=True)


class Forgotten(models.Model):
    """That a nameless user had a contact of this keyed hash, until they go, a day after they asked to."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64, db_index=True)


class Receipt(models.Model):
    """That personal data went: when, and how many of what. Of whom, nobody knows any more."""

    class Kind(models.TextChoices):
        STORE = "store", _("a store had ended")
        PEOPLE = "people", _("people no longer had anything here")
        UNVERIFIED = "unverified", _("a code was never typed")
        REQUEST = "request", _("somebody asked for it")

    kind = models.CharField(_("why"), max_length=10, choices=Kind)
    store = models.CharField(_("store"), max_length=20, blank=True)
    at = models.DateTimeField(_("time"))
    counts = models.JSONField(_("what was deleted"), default=dict)

    class Meta:
        ordering = ("-at", "-pk")
        verbose_name = _("deletion receipt")
        verbose_name_plural = _("deletion receipts")

    def __str__(self) -> str:
        return f"{self.pk}"

    @property
    def said(self) -> str:
        """What went, in a line."""
        return ", ".join(f"{name}: {count}" for name, count in sorted(self.counts.items()))
