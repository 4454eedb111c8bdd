"""Test codes: before people must sign in with a code, a manager sees one arrive (rule book: stores)."""

import datetime as dt
import secrets

from allauth.core import context, ratelimit
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from config import services
from config.models import Store
from serverlesspresso.core import clock, typed_text
from serverlesspresso.core.errors import RateLimited, Refusal, invalid_field
from serverlesspresso.core.typed_text import narrow

from .attempts import Tries
from .models import User, digest
from .sign_in.adapter import phone_number
from .sms import limits

LASTS_S = 600
TRIES = 5
_TRIES = Tries("test_code", TRIES, LASTS_S)


def send(store: Store, way: str, contact: str, *, by: User) -> str:
    """Send a test code to a phone or mailbox; where it went.

    Raises Invalid naming the field for what is no phone number or address, TooMany when that was too often.
    """
    found = _read(way, narrow(contact))
    if not ratelimit.consume(context.request, action="request_login_code", key=found):
        raise _too_often()
    code = f"{secrets.randbelow(1_000_000):06}"
    text = _("%(code)s is the test code of %(store)s.") % {"code": code, "store": store.name}
    try:
        if way == Store.SignIn.PHONE:
            limits.send(found, text)
        else:
            limits.mail(found, _("Test code of %(store)s") % {"store": store.name}, text)
    except ValidationError:
        sentence = _(
            "We cannot send anything there now. Try another phone or mailbox, or come back tomorrow."
        )
        raise invalid_field("contact", sentence, code="not_sent") from None
    cache.set(_key(store, way, by), digest(code), LASTS_S)
    return found


def verify(store: Store, way: str, code: str, *, by: User) -> Store:
    """Take the code that arrived: from now on people may sign in this way.

    Raises Refusal `code_wrong`, or TooMany after five wrong ones.
    """
    kept = cache.get(_key(store, way, by))
    if kept is None:
        raise Refusal(_("That code has expired. Send yourself a new one."), code="code_wrong")
    if not _TRIES.count(kept):
        raise _too_often()
    if not secrets.compare_digest(kept, digest(typed_text.digits(code))):
        raise Refusal(_("That is not the code we sent. Please check it and try again."), code="code_wrong")
    cache.delete(_key(store, way, by))
    return services.mark_verified(store, way)


def _read(way: str, contact: str) -> str:
    try:
        if way == Store.SignIn.PHONE:
            return phone_number(contact)
        if way == Store.SignIn.EMAIL:
            validate_email(contact)
            return contact.lower()
    except ValidationError as error:
        raise invalid_field("contact", " ".join(error.messages)) from None
    raise invalid_field("way", _("Codes can be sent to a phone or by e-mail."))


def _key(store: Store, way: str, by: User) -> str:
    return f"proving:{store.pk}:{way}:{by.pk}"


def _too_often() -> RateLimited:
    return RateLimited(
        _("Too many attempts. Wait ten minutes, then send yourself a new code."),
        code="too_many_tries",
        retry_at=clock.now() + dt.timedelta(seconds=LASTS_S),
    )
