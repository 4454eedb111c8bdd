"""What the pages of the second step ask: can there be passkeys here? And what goes to their script."""

import json

from django import template

from serverlesspresso.accounts import passkeys

register = template.Library()
register.simple_tag(passkeys.possible, name="passkeys_possible")


@register.filter
def as_json(data) -> str:
    """For an attribute: scripts with data in them are none of ours."""
    return json.dumps(data)
