"""The second thing managers show besides a password: six digits from an app, a passkey, a code on paper."""

import base64
import hashlib
from collections.abc import Mapping

from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from channels.db import database_sync_to_async
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models.signals import post_save
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import cached_property
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from . import passkeys

_ANYBODYS = ("/i18n/", "/api/", "/healthz", "/readyz", "/metrics", settings.STATIC_URL)
_SIGN_IN = ("login/", "logout/", "inactive/", "signup/", "enter/", "first/", "invited/", "reauthenticate/")
_OPEN = (
    *_ANYBODYS,
    *(f"/accounts/{page}" for page in (*_SIGN_IN, "2fa/reauthenticate/", "2fa/authenticate/")),
)
"""Where a session may go that owes the second factor: to sign in or out, to show it, and as anybody."""
_SET_UP = "/accounts/2fa/"
_TO_READ = ("/accounts/", "/privacy/")
_SEEN = "second_factor"


class SecondFactor(DefaultMFAAdapter):
    """Secrets are stored encrypted, and where a second factor is required nobody goes back to one."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("That is not the code the app shows now. Please check it and try again."),
        "cannot_delete_authenticator": _(
            "Managers need two-factor sign-in here, so you can’t remove the last one."
        ),
        "passkey_refused": _("That passkey was not accepted. Please try again."),
    }

    @cached_property
    def _box(self):
        from cryptography.fernet import Fernet, MultiFernet

        keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
        digests = [hashlib.sha256(b"second factor:" + key.encode()).digest() for key in keys]
        return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])

    def encrypt(self, text: str) -> str:
        """With a key made from SECRET_KEY: a stolen database alone opens nothing."""
        return self._box.encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Also what an older key of SECRET_KEY_FALLBACKS has encrypted."""
        return self._box.decrypt(encrypted_text.encode()).decode()

    def kinds_of(self, user, besides=None) -> set[str]:
        """What somebody can show here ("totp", "webauthn"); passkeys count where browsers have them."""
        kinds = {Authenticator.Type.TOTP} | ({Authenticator.Type.WEBAUTHN} if passkeys.possible() else set())
        theirs = Authenticator.objects.filter(user_id=user.pk, type__in=kinds)
        return set(theirs.exclude(pk=besides and besides.pk).values_list("type", flat=True))

    def can_delete_authenticator(self, authenticator) -> bool:
        """Not the last one of those who must have one."""
        user = authenticator.user
        return not is_required(user) or bool(self.kinds_of(user, besides=authenticator))

    def generate_authenticator_name(self, user, type) -> str:
        """What a passkey is called unless its owner says."""
        return passkeys.free_name(user)

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Passkeys are made for the name in PUBLIC_URL."""
        return {"id": passkeys.host(), "name": "Serverlesspresso"}

    def send_notification_mail(self, *args, **kwargs) -> None:
        """No mail: many bars have no mail server, and the page itself says what was done."""


def is_required(user) -> bool:
    """Whether somebody must show a second factor: managers and administrators, where the settings say so."""
    return settings.SECOND_FACTOR and user.is_authenticated and (user.is_staff or user.is_superuser)


def owes(user, session: Mapping) -> bool:
    """Whether somebody must show a second factor and did not in this session: such a session has no staff's
    rights, on no page and no socket. It owes it until it is set up, and again when it was taken away."""
    return is_required(user) and not (_has_one(user) and _was_shown(session))


def _has_one(user) -> bool:
    from allauth.mfa.utils import is_mfa_enabled

    return is_mfa_enabled(user)


def _was_shown(session: Mapping) -> bool:
    """It was set up in this session, or shown at its beginning or later. Of a session that nobody began by
    signing in, such as the server's own, there is no record."""
    records = session.get(AUTHENTICATION_METHODS_SESSION_KEY, ())
    began = any(not each.get("reauthenticated") for each in records)
    return bool(session.get(_SEEN)) or not began or any(each["method"] == "mfa" for each in records)


@receiver(post_save, sender=Authenticator)
def was_set_up(instance, created, **kwargs) -> None:
    """Whoever sets it up has shown it."""
    request = context.request
    mine = request is not None and request.user.pk == instance.user_id
    if created and mine and instance.type != Authenticator.Type.RECOVERY_CODES:
        request.session[_SEEN] = True


class SecondFactorMiddleware:
    """Leads managers who owe it to where it is set up or shown; nothing else is open to them until then."""

    sync_capable, async_capable = True, False

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not is_required(request.user) or request.path.startswith(_OPEN):
            return self.get_response(request)
        only_looks = request.method in ("GET", "HEAD")
        if not owes(request.user, request.session) or (only_looks and request.path in _TO_READ):
            return self.get_response(request)
        has_one = _has_one(request.user)
        if not has_one and request.path.startswith(_SET_UP):
            return self.get_response(request)
        query = urlencode({"next": request.path}) if request.method == "GET" else ""
        return redirect(
            f"{_where_to_show_it(request.user) if has_one else f'{_SET_UP}totp/activate/'}?{query}"
        )


def _where_to_show_it(user) -> str:
    only_passkeys = SecondFactor().kinds_of(user) == {Authenticator.Type.WEBAUTHN}
    return f"{_SET_UP}reauthenticate/{'passkey/' if only_passkeys else ''}"


class SecondFactorSockets:
    """An ASGI application before sockets: to them, who owes a second factor is nobody."""

    def __init__(self, application):
        self._application = application

    async def __call__(self, scope, receive, send):
        """Hand it on, without the user if need be."""
        if is_required(scope["user"]) and await database_sync_to_async(owes)(scope["user"], scope["session"]):
            scope = scope | {"user": AnonymousUser()}
        return await self._application(scope, receive, send)
