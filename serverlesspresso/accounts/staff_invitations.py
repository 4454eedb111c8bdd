"""Hiring: somebody new gets a role at a store and a link with which they choose their own password.

The link works once and for three days. It is the way into an account that is new and has no other rights:
that is why somebody who is known already is never invited, only given a role by an administrator.
"""

from dataclasses import dataclass

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from config.models import Store
from serverlesspresso.core import urls
from serverlesspresso.core.errors import NotFound, Refusal, invalid_field
from serverlesspresso.core.typed_text import narrow

from .models import Membership, Role, User
from .permissions import require
from .sign_in.adapter import phone_number
from .sms import limits
from .validators import clean_name

HIRED = (Role.BARISTA, Role.MANAGER)


class _Links(PasswordResetTokenGenerator):
    key_salt = "serverlesspresso.accounts.staff_invitations"


_links = _Links()


@dataclass(frozen=True)
class Invitation:
    """Somebody new, the address they open, and whether it was sent to their phone or mailbox."""

    user: User
    url: str
    sent: bool


@transaction.atomic
def invite(store: Store, *, by: User, name: str, role: str, contact: str = "") -> Invitation:
    """Give somebody new a role, and send them the link; without a contact it is only shown.

    Raises Forbidden unless `by` manages the store, Invalid naming the field, Refusal `known_already`.
    """
    require(by, store, {Role.MANAGER})
    if role not in HIRED:
        raise invalid_field("role", _("Choose what they do: barista or manager."))
    how = _contact(narrow(contact))
    forget_unverified(**how)
    if how and User.objects.filter(**how).exists():
        raise Refusal(
            _("Somebody already has this address. An administrator can give them a role at your store."),
            code="known_already",
        )
    user = User.objects.create_user(name=clean_name(name), is_staff=role == Role.MANAGER, **how)
    Membership.objects.create(user=user, store=store, role=role)
    url = urls.absolute_url(reverse("accounts:invited", args=[user.pk, _links.make_token(user)]))
    _send(store, user, url)
    return Invitation(user, url, bool(how))


def forget_unverified(**contact: str) -> None:
    """Let go of an account that somebody typed this address for and that was never shown to be theirs.

    Else anybody could keep a new colleague out by asking for a code to their address.
    """
    nobody = {"name": "", "last_login": None, "is_guest": False, "is_device": False, "is_staff": False}
    unverified = User.objects.filter(**contact, **nobody, memberships=None, tokens=None)
    if contact:
        unverified.filter(password__startswith=UNUSABLE_PASSWORD_PREFIX).delete()


def _contact(text: str) -> dict[str, str]:
    if not text:
        return {}
    try:
        if "@" not in text:
            return {"phone": phone_number(text)}
        validate_email(text)
    except ValidationError as error:
        raise invalid_field("contact", " ".join(error.messages)) from None
    return {"email": text.lower()}


def _send(store: Store, user: User, url: str) -> None:
    subject = _("You work at %(store)s") % {"store": store.name}
    text = _(
        "%(name)s, you are on the staff of %(store)s. Choose your password here, within three days: %(url)s"
    )
    text %= {"name": user.name, "store": store.name, "url": url}
    try:
        if user.email:
            limits.mail(user.email, subject, text)
        elif user.phone:
            limits.send(user.phone, text)
    except ValidationError:
        raise invalid_field(
            "contact",
            _("We cannot send anything there now. Leave this empty to get a link that you can show them."),
        ) from None


def invited(user_id: int, token: str) -> User:
    """Who opens this link. Raises NotFound when it was used, is too old, or never was."""
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None or not _links.check_token(user, token):
        raise NotFound(
            _("This link has been used, or is more than three days old. Ask a manager for a new one."),
            code="not_found",
        )
    return user


@transaction.atomic
def accept(user_id: int, token: str, *, email: str, password: str) -> User:
    """Set the password of who was invited, and the e-mail if there is none yet. Raises NotFound, Invalid."""
    user = User.objects.select_for_update().filter(pk=user_id).first()
    user = invited(user.pk if user else 0, token)
    if not user.email:
        user.email = _own_email(email)
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise invalid_field("password", " ".join(error.messages)) from None
    user.set_password(password)
    user.save(update_fields=["email", "password"])
    return user


def _own_email(text: str) -> str:
    email = narrow(text).lower()
    try:
        validate_email(email)
    except ValidationError:
        raise invalid_field("email", _("That is not an e-mail address. Please check it.")) from None
    forget_unverified(email=email)
    if User.objects.filter(email=email).exists():
        raise invalid_field("email", _("Somebody already signs in with this address. Please use another."))
    return email
