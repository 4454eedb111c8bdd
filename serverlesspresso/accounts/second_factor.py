"""The second thing managers show besides a password: six digits from an app, a passkey, a code on paper."""

import base64
import hashlib

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import cached_property
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from . import passkeys

_OPEN = ("/accounts/", "/privacy/", "/i18n/", "/api/", "/healthz", "/readyz", "/metrics", settings.STATIC_URL)
"""Where those who still have to set theirs up may go: to do it, to leave, and as anybody."""
_SEEN = "second_factor"


class SecondFactor(DefaultMFAAdapter):
    """Secrets are stored encrypted, and where a second factor is required nobody goes back to one."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("That is not the code the app shows now. Please look again."),
        "cannot_delete_authenticator": _("Managers need it here, so the last one stays."),
        "passkey_refused": _("That passkey was not accepted. Please try once more."),
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


class SecondFactorMiddleware:
    """Leads managers who have none yet to where it is set up; nothing else is open to them until then."""

    sync_capable, async_capable = True, False

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if is_required(request.user) and not request.path.startswith(_OPEN) and not _has_one(request):
            query = urlencode({"next": request.path}) if request.method == "GET" else ""
            return redirect(f"/accounts/2fa/totp/activate/?{query}")
        return self.get_response(request)


def _has_one(request: HttpRequest) -> bool:
    """Asked of the database once per session: what is required cannot be switched off."""
    if not request.session.get(_SEEN):
        from allauth.mfa.utils import is_mfa_enabled

        if not is_mfa_enabled(request.user):
            return False
        request.session[_SEEN] = True
    return True
