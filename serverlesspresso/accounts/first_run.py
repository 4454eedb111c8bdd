"""The first account of a fresh installation: whoever can read its log makes it, on a page in a browser.

The address is printed at each start until somebody manages the house. It is made from the secret key, so that
every process and every start prints the same one, and it opens nothing once there is an administrator.
"""

import secrets

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import connection, transaction
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from serverlesspresso.core import urls
from serverlesspresso.core.errors import NotFound, invalid_field
from serverlesspresso.core.typed_text import narrow

from .models import User
from .validators import clean_name

_ONE_AT_A_TIME = 0x5E55


def address() -> str | None:
    """Where the first account is made; None when there is an administrator already."""
    if User.objects.filter(is_superuser=True).exists():
        return None
    return urls.absolute_url(reverse("accounts:first", args=[_token()]))


def check(token: str) -> None:
    """Raise NotFound unless this is the token in the log and there is no administrator yet."""
    if not secrets.compare_digest(token.encode(), _token().encode()) or address() is None:
        raise NotFound(
            _("This page was for creating the first account, which already exists. Sign in instead."),
            code="not_found",
        )


@transaction.atomic
def claim(token: str, *, name: str, email: str, password: str) -> User:
    """Make the first account. Raises NotFound as `check` does, Invalid naming the field."""
    if connection.vendor == "postgresql":  # SQLite lets one transaction write at a time anyway
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ONE_AT_A_TIME])
    check(token)
    email = narrow(email).lower()
    try:
        validate_email(email)
    except ValidationError:
        raise invalid_field("email", _("That is not an e-mail address. Please check it.")) from None
    if User.objects.filter(email=email).exists():
        raise invalid_field("email", _("Somebody already signs in with this address. Please use another."))
    user = User(name=clean_name(name), email=email)
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise invalid_field("password", " ".join(error.messages)) from None
    return User.objects.create_superuser(email, password, name=user.name)


def _token() -> str:
    return salted_hmac("serverlesspresso.first", "the first account", algorithm="sha256").hexdigest()[:32]
