"""People who had their data erased and are back the same day: their drinks of that day count on.

Of a contact only a keyed hash is kept, beside the nameless user who had the drinks, and it goes with that
user a day later. Without the key nobody can tell from it whose it was.
"""

import datetime as dt

from django.conf import settings
from django.utils.crypto import salted_hmac

from serverlesspresso.accounts.models import Forgotten, User
from serverlesspresso.core import clock
from serverlesspresso.core.db.prepared import PreparedValues

_users = PreparedValues(lambda digest: Forgotten.objects.filter(digest=digest).values_list("user"))


def note(user: User) -> None:
    """Keep what is needed of a user who is about to lose their contacts."""
    contacts = _contacts(user)
    Forgotten.objects.bulk_create(Forgotten(user=user, digest=_digest(each)) for each in contacts)


def former_selves(user: User | None) -> list[int]:
    """The nameless users that somebody was before, today, under a phone number or address they have again.

    Nobody is asked for whose account is older than a day: nothing is kept for longer.
    """
    if user is None or user.date_joined < clock.now() - dt.timedelta(days=1):
        return []
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    digests = [_digest(contact, key) for contact in _contacts(user) for key in keys]
    return sorted({pk for digest in digests for pk in _users.flat(digest)})


def _contacts(user: User) -> list[str]:
    return [each for each in (user.email, user.phone) if each]


def _digest(contact: str, key: str | None = None) -> str:
    return salted_hmac("accounts.forgotten", contact.lower(), secret=key, algorithm="sha256").hexdigest()
