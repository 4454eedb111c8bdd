"""Lists, a page at a time. A cursor names the last entry seen, so that new ones shift nothing."""

from collections.abc import Callable

from django.utils.translation import gettext as _

from serverlesspresso.core.errors import Invalid


def page(found: list, limit: int, cursor: Callable, describe: Callable) -> dict:
    """A page of what was found, which is one more than fits if there are more."""
    items = found[:limit]
    return {"items": describe(items), "next": cursor(items[-1]) if len(found) > limit else None}


def no_cursor() -> Invalid:
    """The refusal of an `after` that no page gave."""
    sentence = _("This is not a valid cursor. Send the value of `next`.")
    return Invalid(sentence, code="invalid", errors={"after": sentence})
