"""How django-allauth knows people here: by phone or e-mail, without a user name."""

from urllib.parse import urlsplit

import phonenumbers
from allauth.account.adapter import DefaultAccountAdapter
from django import forms
from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from serverlesspresso.accounts import permissions, tasks
from serverlesspresso.accounts.mfa import passkeys
from serverlesspresso.accounts.models import User
from serverlesspresso.core import urls
from serverlesspresso.core.typed_text import narrow

from . import flow


def phone_number(text: str) -> str:
    """A phone number in E.164. Without PHONE_REGION it needs its country code, after + or 00. Raises
    ValidationError."""
    text = narrow(text)
    if not settings.PHONE_REGION and text.startswith("00"):
        text = f"+{text[2:]}"
    try:
        number = phonenumbers.parse(text, settings.PHONE_REGION or None)
        possible = phonenumbers.is_possible_number(number)
    except phonenumbers.NumberParseException:
        possible = False
    if not possible:
        raise forms.ValidationError(
            _("That is not a phone number. Please type it with its country code, like +49 151 23456789."),
            code="invalid_phone",
        )
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


class Adapter(DefaultAccountAdapter):
    """Phones, plain words, messages sent from tasks, and no way off this site."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "incorrect_code": gettext_lazy("That is not the code we sent. Please check it and try again."),
        "too_many_login_attempts": gettext_lazy("Too many attempts. Wait five minutes, then try again."),
        "too_many_codes": gettext_lazy(
            "Too many codes requested: the limit is three a minute and five an hour. Wait a "
            "little, then try again."
        ),
        "too_many_wrong_codes": gettext_lazy(
            "Too many wrong codes came from your network. Wait a minute, then try again."
        ),
        "email_password_mismatch": gettext_lazy("That e-mail and password do not match. Please try again."),
    }

    # -- phones ----------------------------------------------------------------------------------

    def clean_phone(self, phone: str) -> str:
        """The number in E.164."""
        return phone_number(phone)

    def get_phone(self, user) -> tuple[str, bool] | None:
        """The number of a user and whether it is theirs for sure."""
        return (user.phone, user.phone_verified) if user.phone else None

    def set_phone(self, user, phone: str, verified: bool) -> None:
        user.phone, user.phone_verified = phone, verified
        user.save(update_fields=["phone", "phone_verified"])

    def set_phone_verified(self, user, phone: str) -> None:
        """The code came back: the number is theirs."""
        self.set_phone(user, phone, verified=True)

    def get_user_by_phone(self, phone: str) -> User | None:
        """Who has this number."""
        return User.objects.filter(phone=phone).first()

    # -- messages --------------------------------------------------------------------------------

    def send_verification_code_sms(self, user, phone: str, code: str, **kwargs) -> None:
        """Send a code. Its last line lets the phone fill it in by itself (the WebOTP format)."""
        host = urlsplit(urls.base_url()).hostname
        text = _("%(code)s is your Serverlesspresso code.") % {"code": code}
        tasks.enqueue_on_commit(tasks.send_sms, phone, f"{text}\n\n@{host} #{code}")

    def send_unknown_account_sms(self, phone: str, **kwargs) -> None:
        """Tell the number of somebody with a password that it gets no codes."""
        text = _("Sign in to Serverlesspresso with your password: %(url)s")
        tasks.enqueue_on_commit(
            tasks.send_sms, phone, text % {"url": urls.absolute_url(reverse("account_login"))}
        )

    def send_mail(self, template_prefix: str, email: str, context: dict) -> None:
        """Render a mail here, in the reader's language, and have it sent."""
        url = urls.absolute_url(reverse("account_login"))
        mail = self.render_mail(template_prefix, email, {"email": email, "sign_in_url": url, **context})
        tasks.enqueue_on_commit(tasks.send_mail, email, mail.subject, mail.body)

    # -- doors -----------------------------------------------------------------------------------

    def is_open_for_signup(self, request) -> bool:
        """Never: asking for a code is all it takes."""
        return False

    def is_safe_url(self, url: str) -> bool:
        """Paths only: hosts are whatever a request says they are."""
        return flow.is_safe(url)

    def get_login_redirect_url(self, request) -> str:
        """Where they were going; else staff to their bar, and everybody else to the first page."""
        return flow.pop_next_url(request) or (
            "/barista/" if permissions.stores_of(request.user).exists() else "/"
        )

    def get_reauthentication_methods(self, user) -> list[dict]:
        """How somebody shows that it is still them; with a passkey where browsers have them."""
        methods = super().get_reauthentication_methods(user)
        return [each for each in methods if passkeys.possible() or not each["id"].endswith(":webauthn")]

    def _get_login_attempts_cache_key(self, request, **credentials) -> str:
        # allauth adds the host, which whoever guesses passwords could vary
        return str(credentials.get("email", "")).lower()
