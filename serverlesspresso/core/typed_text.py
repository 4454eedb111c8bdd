"""What people type or paste, and what files bring, read as it is meant: names, digits, numbers, yes and no.

Every door uses these: pages, the admin, the API, files and commands.
"""

import functools
import re
import unicodedata
from collections.abc import Iterable
from typing import Protocol, TypeVar

from django import forms
from django.db import models

_JOINERS = "\u200c\u200d"  # Persian and emoji need them
_EMOJI_TAGS = range(0xE0020, 0xE0080)  # the flags of England, Scotland and Wales
_BLANK_LETTERS = "\u115f\u1160\u2800\u3164\uffa0"  # letters by class that print nothing
_UNSEEN_MARKS = "\u034f\ufe00-\ufe0f"
_UNSEEN = re.compile(f"[{_JOINERS}{_UNSEEN_MARKS}]")
_WHOLE = re.compile(r"([0-9]{1,9})(?:[.,]0*)?")

_YES = "yes y true on 1 x sim s verdadeiro sí si verdadero oui vrai ja wahr vero"
_NO = "no n false off 0 não nao falso non faux nein falsch nee"
_TRUTH = dict.fromkeys(_YES.split(), True) | dict.fromkeys(_NO.split(), False)
"""In the languages of the bar, and as spreadsheets of other countries write their own TRUE and FALSE."""


class _Named(Protocol):
    @property
    def name(self) -> str: ...


_Thing = TypeVar("_Thing", bound=_Named)


def plain(text: str) -> str:
    """A text on one line, as it is kept and shown: every kind of blank is one space, accents are composed,
    and what prints nothing or turns the direction of a line is left out. Emoji and all scripts stay."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())  # which most texts are: the same, quickly
    seen = "".join(" " if _is_blank(c) else c for c in text if _is_blank(c) or _is_seen(c))
    return " ".join(unicodedata.normalize("NFC", seen).split()).strip(_JOINERS + " ")


def is_storable(text: str) -> bool:
    """Whether every database can keep the text: NUL and halves of a character it cannot."""
    return not any(c == "\0" or "\ud800" <= c <= "\udfff" for c in text)


@functools.lru_cache(maxsize=4096)
def key(text: str) -> str:
    """The same for names that people take for the same: in other cases, widths, blanks or accents' forms."""
    folded = unicodedata.normalize("NFKC", plain(text)).casefold()
    return unicodedata.normalize("NFC", _UNSEEN.sub("", folded))


def find(name: str, things: Iterable[_Thing]) -> _Thing | None:
    """The thing of this name; if there is none, one whose name people take for the same."""
    things = list(things)
    exact = (each for each in things if each.name == name)
    return next(exact, None) or next((each for each in things if key(each.name) == key(name)), None)


def narrow(text: str) -> str:
    """`plain`, with digits of every script as 0 to 9, and full-width letters and signs as the usual ones: for
    numbers, and for addresses of mail and machines."""
    wide = "".join(unicodedata.normalize("NFKC", c) if "\uff01" <= c <= "\uff5e" else c for c in plain(text))
    return "".join(c if c.isascii() else str(unicodedata.decimal(c, c)) for c in wide)


def digits(text: str) -> str:
    """The digits of a code as 0 to 9, whatever script they are in; blanks, dashes and words aside."""
    return "".join(str(int(char)) for char in text if char.isdecimal())


def letters(text: str, alphabet: str) -> str:
    """The letters of a code that has an alphabet of capitals, in whatever width and case they come."""
    return "".join(char for char in unicodedata.normalize("NFKC", text).upper() if char in alphabet)


def whole(text: str) -> int | None:
    """A whole number up to nine digits, also as spreadsheets write it (`1,0`, `1.0`); None if it is none."""
    found = _WHOLE.fullmatch(narrow(text))
    return int(found[1]) if found else None


def truth(text: str) -> bool | None:
    """Yes or no, in any language of the bar; None for anything else."""
    return _TRUTH.get(key(text))


def _is_blank(c: str) -> bool:
    return c in "\t\n\v\f\r\x85" or unicodedata.category(c) in ("Zs", "Zl", "Zp")


def _is_seen(c: str) -> bool:
    kind, place = unicodedata.category(c), ord(c)
    if kind == "Cf":
        return c in _JOINERS or place in _EMOJI_TAGS
    is_character = place & 0xFFFE != 0xFFFE and not 0xFDD0 <= place <= 0xFDEF
    return kind not in ("Cc", "Cs", "Co") and is_character and c not in _BLANK_LETTERS


class LineFormField(forms.CharField):
    """Text on one line, `plain`."""

    def to_python(self, value):
        """What is meant; what prints nothing is empty. NUL stays, for Django to refuse it."""
        text = super().to_python(value) or ""
        return text if "\0" in text else plain(text) or self.empty_value


class EmailFormField(forms.EmailField):
    """An e-mail address, `narrow`."""

    def to_python(self, value):
        """What is meant. NUL stays, for Django to refuse it."""
        text = super().to_python(value) or ""
        return text if "\0" in text else narrow(text) or self.empty_value


class LineField(models.CharField):
    """Text on one line, `plain` by whatever door it comes in: it is cleaned when validated and when saved."""

    read = staticmethod(plain)

    def clean(self, value, model_instance):
        """Clean it first: what prints nothing is blank."""
        return super().clean(self.read(value) if isinstance(value, str) else value, model_instance)

    def pre_save(self, model_instance, add):
        """Clean what nobody validated."""
        value = super().pre_save(model_instance, add)
        if isinstance(value, str):
            value = self.read(value)
            setattr(model_instance, self.attname, value)
        return value

    def formfield(self, **kwargs):
        """A field whose error messages are about the cleaned text."""
        return super().formfield(**{"form_class": LineFormField, **kwargs})

    def deconstruct(self):
        """To the database, and so to migrations, it is Django's."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs


class AddressField(LineField):
    """The address of a machine, `narrow`."""

    read = staticmethod(narrow)


class UniqueNameField(models.TextField):
    """What people see of a name (`key`), with the list it stands in: no two things of one list look the same.

    The database holds it, so it holds for every way in. Models whose names are unique within a list say in
    LIST which foreign key that is. NULL was written by a release before this field, or by an upgrade that
    found two which look the same.
    """

    def __init__(self, *args, of: str = "name", **kwargs):
        kept = {"unique": True, "null": True, "blank": True, "editable": False}
        super().__init__(*args, **kwargs | kept)
        self.of = of

    def pre_save(self, model_instance, add):
        """Follow the name."""
        within = getattr(model_instance, "LIST", None)
        place = f"{getattr(model_instance, f'{within}_id')}:" if within else ""
        value = place + key(getattr(model_instance, self.of))
        setattr(model_instance, self.attname, value)
        return value

    def deconstruct(self):
        """To the database, and so to migrations, it is Django's."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.TextField", args, kwargs
