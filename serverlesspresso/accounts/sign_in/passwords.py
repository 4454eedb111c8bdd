"""Passwords: words that everybody at a coffee bar would try first, and who looks at them."""

import re

from django.contrib.auth.backends import BaseBackend
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils.translation import gettext as _

WORDS = (
    "serverlesspresso",
    "espresso",
    "cappuccino",
    "coffee",
    "barista",
    "manager",
    "password",
    "conference",
)
_SPELLINGS = str.maketrans("013457@$!", "oleastasi")


class OurWordsValidator:
    """Refuses a password that is one of these words with some digits and signs around it, however spelled."""

    def validate(self, password: str, user=None) -> None:
        """Raise ValidationError for such a password."""
        letters = re.sub(r"[^a-z]", "", password.lower().translate(_SPELLINGS))
        plain = re.sub(r"[^a-z]", "", password.lower())
        for word in WORDS:
            if any(word in spelled and len(spelled) - len(word) < 4 for spelled in (letters, plain)):
                raise ValidationError(
                    _("That is the first thing somebody at a coffee bar would try. Please add other words."),
                    code="password_of_ours",
                )

    def get_help_text(self) -> str:
        """Said under the field."""
        return _("It can’t be a coffee word followed by digits.")


class NoOtherBackend(BaseBackend):
    """Stands behind the one that looks at passwords, so that a wrong one is not hashed again by the next."""

    def authenticate(self, request, **credentials):
        """Nobody. Raises PermissionDenied, after which Django asks no further backend."""
        raise PermissionDenied
