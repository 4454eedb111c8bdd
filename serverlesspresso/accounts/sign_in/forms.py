"""What people type to say who they are."""

from allauth.account import app_settings as account
from allauth.account.forms import ConfirmLoginCodeForm, LoginForm
from allauth.core import context, ratelimit
from allauth.core.internal import ratelimit as undoable
from django import forms
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from serverlesspresso.accounts.attempts import Tries
from serverlesspresso.accounts.models import User
from serverlesspresso.accounts.sms import limits
from serverlesspresso.core import typed_text
from serverlesspresso.core.typed_text import EmailFormField, narrow

from .adapter import Adapter, phone_number

_CODE_TRIES = Tries("code", account.LOGIN_BY_CODE_MAX_ATTEMPTS, settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT)


class ContactForm(forms.Form):
    """A phone number or an e-mail address, to send a code to.

    An unknown contact becomes an unverified user without a password, so that the answer never tells who is
    known. Who has a password gets a note instead of a code: six digits must not open what a password guards.
    """

    contact = forms.CharField(max_length=254)

    def __init__(self, *args, methods=frozenset({"phone", "email"}), **kwargs):
        super().__init__(*args, **kwargs)
        self.methods = methods
        self._user: User | None = None  # allauth reads it under this name
        self.fields["contact"].error_messages |= {
            "required": _("Please type where we can send a code."),
            "max_length": _("That is too long. Please check it."),
        }

    def clean(self):
        """Find or make the user; sets `email` or `phone`."""
        contact = narrow(self.cleaned_data.get("contact") or "")
        if not contact:
            return self.cleaned_data
        method, found = self._read(contact)
        if method not in self.methods:
            raise forms.ValidationError(_not_here(method, self.methods), code="not_here")
        check_rates(method, found)
        user, _made = User.objects.get_or_create(
            **{method: found}, defaults={"password": make_password(None)}
        )
        if user.is_active and not user.has_usable_password():
            self._user = user
        return self.cleaned_data | {method: found}

    def _read(self, contact: str) -> tuple[str, str]:
        if "@" not in contact and ("phone" in self.methods or not any(c.isalpha() for c in contact)):
            return "phone", phone_number(contact)
        try:
            validate_email(contact)
        except forms.ValidationError:
            raise forms.ValidationError(
                _("That is not an e-mail address. Please check it."), code="invalid_email"
            ) from None
        return "email", contact.lower()


def check_rates(method: str, found: str) -> None:
    """Count one code to a phone or mailbox. Raises ValidationError where none is sent, or no more for now."""
    if not ratelimit.consume(context.request, action="request_login_code", key=found):
        raise Adapter().validation_error("too_many_codes")
    if method == "phone":
        limits.check(found)
    else:
        limits.check_mail()


def _not_here(method: str, methods) -> str:
    if not methods:
        return _("This bar sends no codes. Please type a name instead.")
    if method == "phone":
        return _("This bar sends codes by e-mail only. Please type your e-mail address.")
    return _("This bar sends codes to phones only. Please type your phone number.")


class CodeForm(ConfirmLoginCodeForm):
    """The code that was sent; `sent` names that one sending of it, for which three may be wrong."""

    def __init__(self, *args, sent: str, **kwargs):
        super().__init__(*args, **kwargs)
        self._sent = sent
        self.fields["code"].error_messages["required"] = _("Please type the code we sent.")

    def clean_code(self) -> str:
        """Counted before it is looked at. A right one is taken back: a hall full of people may share one
        address."""
        of_all = undoable.consume(context.request, app="allauth.account", action="code_failed")
        if not of_all or not _CODE_TRIES.count(self._sent):
            raise Adapter().validation_error("too_many_wrong_codes")
        self.cleaned_data["code"] = typed_text.digits(self.cleaned_data["code"])
        code = super().clean_code()
        of_all.rollback()
        return code


class PasswordForm(LoginForm):
    """Staff: e-mail and password."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["login"] = EmailFormField(
            label=gettext_lazy("E-mail"), widget=forms.EmailInput(attrs={"autocomplete": "username"})
        )
        self.fields["password"].widget.attrs.pop("placeholder", None)  # the label says it
        self.order_fields(["login", "password"])
