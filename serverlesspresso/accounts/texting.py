"""Bounds on what may be sent to phones: somebody makes money with codes sent to numbers of their own."""

import phonenumbers
from allauth.core import context, ratelimit
from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from phonenumbers import PhoneNumberType as Kind

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
        if not ratelimit.consume(context.request, action=action, key=key):
            raise forms.ValidationError(
                _("We cannot send text messages right now. Please ask a barista."), code="no_sms"
            )
