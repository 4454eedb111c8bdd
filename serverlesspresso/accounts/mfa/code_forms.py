"""The six digits of an app and the codes of the drawer: read however they are typed, and good once."""

from allauth.mfa import app_settings
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from django.core.cache import cache

from serverlesspresso.core import typed_text

_GOOD_FOR_S = app_settings.TOTP_PERIOD * (2 * app_settings.TOTP_TOLERANCE + 1)
"""How long an app's six digits are taken, with those before and after; allauth forgets them earlier."""


class _Code:
    """A form with a field `code` for a `user`."""

    def clean_code(self) -> str:
        """The digits alone. Raises ValidationError for what is wrong, and for what was shown before."""
        self.cleaned_data["code"] = typed_text.digits(self.cleaned_data["code"])  # type: ignore[attr-defined]
        code = super().clean_code()  # type: ignore[misc]
        if self._from_app() and not cache.add(f"totp-used:{self.user.pk}:{code}", "y", _GOOD_FOR_S):  # type: ignore[attr-defined]
            raise get_adapter().validation_error("incorrect_code")
        return code

    def _from_app(self) -> bool:
        return self.authenticator.type == Authenticator.Type.TOTP  # type: ignore[attr-defined]


class ShowCode(_Code, AuthenticateForm):
    """At sign-in."""


class ShowCodeAgain(_Code, ReauthenticateForm):
    """Before something that matters."""


class FirstCode(_Code, ActivateTOTPForm):
    """When the app is set up: these six digits open nothing afterwards."""

    def _from_app(self) -> bool:
        return True
