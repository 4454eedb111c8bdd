"""What people type to say who they are."""

from allauth.account.forms import ConfirmLoginCodeForm, LoginForm
from allauth.core import context, ratelimit
from django import forms
from django.contrib.auth.hashers import make_password
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from serverlesspresso import typed

from . import texting
from .adapter import Adapter, phone_number
from .models import User


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
        contact = typed.contact(self.cleaned_data.get("contact") or "")
        if not contact:
            return self.cleaned_data
        method, found = self._read(contact)
        if method not in self.methods:
            raise forms.ValidationError(_not_here(method, self.methods), code="not_here")
        self._check_rates(method, found)
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

    def _check_rates(self, method: str, found: str) -> None:
        if not ratelimit.consume(context.request, action="request_login_code", key=found):
            raise Adapter().validation_error("too_many_codes")
        if method == "phone":
            texting.check(found)


def _not_here(method: str, methods) -> str:
    if not methods:
        return _("This bar sends no codes. Please type a name instead.")
    if method == "phone":
        return _("This bar sends codes by e-mail only. Please type your e-mail address.")
    return _("This bar sends codes to phones only. Please type your phone number.")


class CodeForm(ConfirmLoginCodeForm):
    """The code that was sent."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["code"].error_messages["required"] = _("Please type the code we sent.")

    def clean_code(self) -> str:
        """Wrong ones count per address, right ones do not: a hall full of people may share one."""
        if not ratelimit.consume(context.request, action="code_failed", dry_run=True):
            raise Adapter().validation_error("too_many_wrong_codes")
        try:
            self.cleaned_data["code"] = typed.digits(self.cleaned_data["code"])
            return super().clean_code()
        except forms.ValidationError:
            ratelimit.consume(context.request, action="code_failed")
            raise


class PasswordForm(LoginForm):
    """Staff: e-mail and password."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["login"] = forms.EmailField(
            label=gettext_lazy("E-mail"), widget=forms.EmailInput(attrs={"autocomplete": "username"})
        )
        self.fields["password"].widget.attrs.pop("placeholder", None)  # the label says it
        self.order_fields(["login", "password"])
