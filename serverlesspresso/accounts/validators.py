"""Names people call themselves: kept as typed where that does no harm to other people's screens."""

import unicodedata

from django.utils.translation import gettext as _

from serverlesspresso.core.errors import invalid_field
from serverlesspresso.core.typed_text import plain

LONGEST = 30
"""Visible characters."""
_ROOM = 60
"""Characters of any kind: what the database has room for."""
_MARKS = 3
"""Accents one letter may carry. Languages need up to three; more only climb into other people's lines."""


def clean_name(text: str) -> str:
    """A name fit for tickets and cups; emoji and right-to-left scripts are welcome.

    Controls, NUL and what turns the direction of a line are taken out, blanks made one space. Raises Invalid
    (`name_missing`, `name_too_long`) when nothing or more than 30 visible characters remain.
    """
    name = _limit_marks(plain(text[:2000]))
    visible = sum(map(_is_visible, name))
    if not visible:
        text = _("Please type a name, so that we can call you when your drink is ready.")
        raise invalid_field("name", text, code="name_missing")
    if visible > LONGEST or len(name) > _ROOM:
        text = _("That name is too long for a cup. Please use at most 30 characters.")
        raise invalid_field("name", text, code="name_too_long")
    return name


def _limit_marks(text: str) -> str:
    kept, marks = [], 0
    for c in text:
        marks = marks + 1 if unicodedata.category(c) in ("Mn", "Me") else 0
        if marks <= _MARKS:
            kept.append(c)
    return "".join(kept)


def _is_visible(c: str) -> bool:
    return unicodedata.category(c)[0] not in "ZCM"
