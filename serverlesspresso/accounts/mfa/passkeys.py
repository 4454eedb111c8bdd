"""Passkeys as the second thing to show: where browsers have them, whose they are, and taking one away."""

import ipaddress
from urllib.parse import urlsplit

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal import flows
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from serverlesspresso.accounts.models import User

MOST = 10
"""How many passkeys somebody may have."""
LONGEST_NAME = 40
"""In characters."""


def possible() -> bool:
    """Whether browsers have passkeys at this bar's address: on https under a name, or on this very machine.

    They ask for the address that PUBLIC_URL says, so without it there are none.
    """
    address = urlsplit(settings.PUBLIC_URL)
    if address.scheme == "https":
        return _is_name(address.hostname or "")
    return address.hostname == "localhost"


def _is_name(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return bool(host)
    return False


def host() -> str:
    """The name passkeys are made for: that of PUBLIC_URL, since a Host header is whatever a request says."""
    return (urlsplit(settings.PUBLIC_URL).hostname or "localhost").encode("idna").decode()


def origin() -> str:
    """The one origin answers are taken from, as browsers write it: a name of a neighbour's is another."""
    address = urlsplit(settings.PUBLIC_URL)
    usual = {"https": 443, "http": 80}.get(address.scheme)
    port = "" if address.port in (None, usual) else f":{address.port}"
    return f"{address.scheme}://{host()}{port}"


def of(user) -> QuerySet[Authenticator]:
    """Somebody's passkeys, the oldest first."""
    return Authenticator.objects.filter(user_id=user.pk, type=Authenticator.Type.WEBAUTHN).order_by("pk")


def free_name(user) -> str:
    """What the next one is called unless its owner says: "Passkey 2", if there is none of that name."""
    taken = {each.wrap().name for each in of(user)}
    numbered = (_("Passkey %(number)s") % {"number": number} for number in range(1, len(taken) + 2))
    return next(name for name in numbered if name not in taken)


def lock(user) -> None:
    """Let nobody else change what this person shows until the transaction ends: the last one must not go."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)


@transaction.atomic
def remove(request: HttpRequest, pk: int) -> None:
    """Take one of one's own passkeys away; gone already is as good.

    Raises ValidationError where it is the last thing to show and one is required.
    """
    lock(request.user)
    passkey = of(request.user).filter(pk=pk).first()
    if passkey is None:
        return
    adapter = get_adapter()
    if not adapter.can_delete_authenticator(passkey):
        raise adapter.validation_error("cannot_delete_authenticator")
    flows.remove_authenticator(request, passkey)
