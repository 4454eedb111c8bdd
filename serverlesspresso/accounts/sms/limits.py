"""Bounds on what leaves for phones and mailboxes, whoever sends it: codes, tests, invitations, notices.

Somebody makes money with texts to numbers of their own; and a bar that mails strangers is soon nobody's mail.
"""

import phonenumbers
from allauth.core.internal import ratelimit  # the public one wants a request; notices are sent without
from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from phonenumbers import PhoneNumberType as Kind

from serverlesspresso.accounts import tasks

_DEAR = frozenset(
    {Kind.PREMIUM_RATE, Kind.SHARED_COST, Kind.PERSONAL_NUMBER, Kind.PAGER, Kind.UAN, Kind.VOICEMAIL}
)
_SATELLITES = "001"
"""What the phone book calls numbers that belong to no country."""


def check(phone: str) -> None:
    """Count one text to a number (E.164). Raises ValidationError where none is sent, or no more for now.

    Per prefix (the number without its last 4 digits) and hour, per country and day, and all together per hour
    and, by SMS_BUDGET, in money per day. The counters are in the database wherever there are several
    processes, so that they outlive Redis.
    """
    number = phonenumbers.parse(phone)
    region = phonenumbers.region_code_for_number(number) or ""
    allowed = settings.SMS_COUNTRIES
    if region == _SATELLITES or phonenumbers.number_type(number) in _DEAR:
        raise forms.ValidationError(_("We cannot send codes to this kind of number."), code="dear_number")
    if allowed and region not in allowed:
        raise forms.ValidationError(
            _("We cannot send codes to this country. Please use your e-mail, or ask a barista."),
            code="not_this_country",
        )
    bounds = (("sms_prefix", phone[:-4]), ("sms_country", str(number.country_code)), ("sms", "all"))
    for action, key in (*bounds, ("sms_budget", "all")):
        if not _counted(action, key):
            raise forms.ValidationError(
                _("We cannot send text messages right now. Please ask a barista."), code="no_sms"
            )


def check_mail() -> None:
    """Count one mail. Raises ValidationError where no more are sent for now: MAIL_PER_DAY, all together."""
    if not _counted("mail", "all"):
        raise forms.ValidationError(
            _("We cannot send e-mail right now. Please ask a barista."), code="no_mail"
        )


def send(phone: str, text: str) -> None:
    """Have a text sent once what caused it is saved. Raises ValidationError as `check` does."""
    check(phone)
    tasks.enqueue_on_commit(tasks.send_sms, phone, text)


def mail(to: str, subject: str, body: str) -> None:
    """Have a mail sent once what caused it is saved. Raises ValidationError as `check_mail` does."""
    check_mail()
    tasks.enqueue_on_commit(tasks.send_mail, to, subject, body)


def _counted(action: str, key: str) -> bool:
    counted = ratelimit.consume(None, app="allauth.account", action=action, key=key, limit_get=True)
    return counted is not None
