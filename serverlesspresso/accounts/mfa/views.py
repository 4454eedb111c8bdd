"""The pages of the second step, as far as they are more than django-allauth's."""

from allauth.account.decorators import reauthentication_required
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.totp.views import DeactivateTOTPView
from allauth.mfa.webauthn.views import AddWebAuthnView, ReauthenticateWebAuthnView
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from . import passkeys
from .enforcement import SecondFactor


@method_decorator(never_cache, name="dispatch")
class _PasskeyPage:
    """There is none where browsers have no passkeys. A form that was refused stays on it."""

    http_method_names = ("get", "head", "post")

    def dispatch(self, request, *args, **kwargs) -> HttpResponse:
        """Only where there can be passkeys."""
        if not passkeys.possible():
            raise Http404
        return super().dispatch(request, *args, **kwargs)  # type: ignore[misc]

    def get_context_data(self, **kwargs) -> dict:
        """allauth's views would make the form anew, and ask about the answer twice."""
        return super().get_context_data() | kwargs  # type: ignore[misc]


class AddPasskey(_PasskeyPage, AddWebAuthnView):
    """Make a passkey."""

    template_name = "mfa/passkeys/add.html"

    def dispatch(self, request, *args, **kwargs) -> HttpResponse:
        if request.user.is_authenticated and passkeys.of(request.user).count() >= passkeys.MOST:
            messages.error(
                request, _("You have reached the limit for passkeys. Remove one you no longer use.")
            )
            return redirect("mfa_index")
        return super().dispatch(request, *args, **kwargs)

    @transaction.atomic
    def form_valid(self, form) -> HttpResponse:
        """With the codes for the drawer, which two at once would both make."""
        passkeys.lock(self.request.user)
        return super().form_valid(form)


class ShowPasskeyAgain(_PasskeyPage, ReauthenticateWebAuthnView):
    """Is it still you?"""

    template_name = "mfa/passkeys/reauthenticate.html"

    def form_invalid(self, form) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form))


class SecondStep(AuthenticateView):
    """Sign in with whichever of them somebody has."""

    def get_context_data(self, **kwargs) -> dict:
        kinds = SecondFactor().kinds_of(self.stage.login.user)
        if "webauthn" not in kinds:
            self.webauthn_form = None
        return super().get_context_data(**kwargs) | {"codes_only": "totp" not in kinds}


class SwitchOffApp(DeactivateTOTPView):
    """No six digits any more."""

    @transaction.atomic
    def post(self, request, *args, **kwargs) -> HttpResponse:
        """Not together with the last passkey."""
        passkeys.lock(request.user)
        return super().post(request, *args, **kwargs)


@never_cache
@reauthentication_required(app="allauth.mfa")
@require_http_methods(["GET", "HEAD", "POST"])
def remove_passkey(request, passkey: int) -> HttpResponse:
    """Remove a passkey, unless it is the last thing to show of somebody who must show one."""
    found = get_object_or_404(passkeys.of(request.user), pk=passkey)
    if request.method == "POST":
        try:
            passkeys.remove(request, passkey)
        except ValidationError as refusal:
            return _removing(request, found, refusal)
        return redirect("mfa_index")
    adapter = SecondFactor()
    allowed = adapter.can_delete_authenticator(found)
    return _removing(
        request, found, None if allowed else adapter.validation_error("cannot_delete_authenticator")
    )


def _removing(request, passkey, refusal: ValidationError | None) -> HttpResponse:
    shown = {"passkey": passkey.wrap(), "refusal": refusal.message if refusal else ""}
    return render(request, "mfa/passkeys/remove.html", shown)
