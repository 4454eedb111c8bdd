"""What the pages of the second step ask: can there be passkeys here, and what their script gets."""

import json

from django import template

from serverlesspresso.accounts.mfa import passkeys
from serverlesspresso.accounts.mfa.enforcement import SecondFactor

register = template.Library()
register.simple_tag(passkeys.possible, name="passkeys_possible")


@register.simple_tag
def codes_only(user) -> bool:
    """Whether somebody has no app: the codes they type are those on paper."""
    return "totp" not in SecondFactor().kinds_of(user)


@register.filter
def as_json(data) -> str:
    """For an attribute: scripts with data in them are none of ours."""
    return json.dumps(data)
