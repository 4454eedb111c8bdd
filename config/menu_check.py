"""Checks what a menu file says, line by line, and makes a plan of it: all of it, or none."""

import re
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from serverlesspresso.errors import Invalid

from .menu_plan import MenuPlan, PlannedChoice, PlannedDrink, PlannedOption, named_twice
from .models import Drink

MOST = 200
"""Drinks, choices, and options of a choice, at most: a menu fits on a screen."""
_LONGEST = 60
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_YES = {"": None, "yes": True, "no": False, "true": True, "false": False}

Entry = dict[str, Any]
"""What a file says about one thing, with the `line` it stands on."""


class Findings:
    """What is wrong, by line."""

    def __init__(self):
        self.found: dict[int, str] = {}

    def say(self, entry: Entry, text: str) -> None:
        """Note what is wrong with an entry: the first thing on each line."""
        self.found.setdefault(entry["line"], text)

    def refuse(self) -> None:
        """Raise Invalid `menu_unreadable` if anything was found; its errors are by line."""
        if self.found:
            raise unreadable(self.found)


def unreadable(found: dict[int, str]) -> Invalid:
    """The refusal for what was found, by line."""
    lines = {_("Line %(line)d") % {"line": line}: text for line, text in sorted(found.items())}
    text = _("Nothing was changed. Correct this in the file, and send it again.")
    return Invalid(text, code="menu_unreadable", errors=lines)


def checked(choices: Iterable[Entry], drinks: Iterable[Entry]) -> MenuPlan:
    """The plan that a file's entries make. Raises Invalid `menu_unreadable` with every line that is wrong."""
    findings = Findings()
    planned: dict[str, PlannedChoice] = {}
    for entry in choices:
        choice = _choice(entry, findings)
        _once(entry, choice.name, planned, findings)
        planned[choice.name] = choice
    poured: dict[str, PlannedDrink] = {}
    for entry in drinks:
        drink = _drink(entry, planned, findings)
        _once(entry, drink.name, poured, findings)
        poured[drink.name] = drink
    for count in (len(planned), len(poured)):
        if count > MOST:
            findings.say({"line": 1}, _("That is too much: %(most)d at most.") % {"most": MOST})
    findings.refuse()
    return MenuPlan(tuple(planned.values()), tuple(poured.values()))


def _choice(entry: Entry, findings: Findings) -> PlannedChoice:
    options: dict[str, PlannedOption] = {}
    for each in _entries(entry, "options", findings):
        option = PlannedOption(_name(each, findings), _labels(each, findings), _available(each, findings))
        _once(each, option.name, options, findings)
        options[option.name] = option
    least, most = _number(entry, "min", 0, findings), _number(entry, "max", 1, findings)
    if not least <= most or most < 1:
        findings.say(entry, _("The most that may be chosen cannot be less than the least, nor less than 1."))
    if len(options) < least:
        findings.say(entry, _("There are fewer options than must be chosen."))
    return PlannedChoice(
        _name(entry, findings), _labels(entry, findings), least, most, tuple(options.values())
    )


def _drink(entry: Entry, known: dict[str, PlannedChoice], findings: Findings) -> PlannedDrink:
    icon = entry.get("icon") or Drink.Icon.CUP.value
    if icon not in Drink.Icon.values:
        icons = ", ".join(Drink.Icon.values)
        findings.say(entry, _("There is no such icon. There are: %(icons)s.") % {"icons": icons})
    choices = entry.get("choices") or []
    if not isinstance(choices, list) or not all(isinstance(name, str) for name in choices):
        findings.say(entry, _("Choices are a list of names."))
        choices = []
    if unknown := [name for name in choices if name not in known]:
        findings.say(entry, _("There is no choice %(name)s in this file.") % {"name": unknown[0]})
    picked = [known[name] for name in choices if name in known]
    if twice := named_twice(option.name for choice in picked for option in choice.options):
        text = _("Two choices of this drink both have the option %(name)s.")
        findings.say(entry, text % {"name": twice[0]})
    name, labels = _name(entry, findings), _labels(entry, findings)
    return PlannedDrink(name, labels, str(icon), _available(entry, findings), tuple(choices))


def _entries(entry: Entry, field: str, findings: Findings) -> list[Entry]:
    found = entry.get(field) or []
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found) or len(found) > MOST:
        findings.say(entry, _("Here belongs a list of options, each with a name."))
        return []
    return found


def _once(entry: Entry, name: str, known: dict, findings: Findings) -> None:
    if name in known:
        findings.say(entry, _("%(name)s is there twice.") % {"name": name})


def _name(entry: Entry, findings: Findings) -> str:
    return _text(entry, entry.get("name"), findings, needed=True)


def _text(entry: Entry, value, findings: Findings, *, needed: bool = False) -> str:
    text = value.strip() if isinstance(value, str) else ""
    if not isinstance(value, str | None) or (needed and not text):
        findings.say(entry, _("A name is missing."))
    elif len(text) > _LONGEST or _CONTROL.search(text):
        text = text[:_LONGEST]
        findings.say(entry, _("A name has %(most)d characters at most, on one line.") % {"most": _LONGEST})
    return text


def _labels(entry: Entry, findings: Findings) -> dict[str, str]:
    labels = entry.get("labels") or {}
    if not isinstance(labels, dict):
        findings.say(entry, _("Names in other languages stand by language, such as pt-br."))
        return {}
    labels = {code: text for code, text in labels.items() if code != "line"}
    if unknown := sorted(set(labels) - set(dict(settings.LANGUAGES))):
        findings.say(entry, _("There is no language %(code)s here.") % {"code": unknown[0]})
    found = {code: _text(entry, text, findings) for code, text in labels.items()}
    return {code: text for code, text in found.items() if text}


def _available(entry: Entry, findings: Findings) -> bool | None:
    value = entry.get("available")
    if value is None or isinstance(value, bool):
        return value
    if not isinstance(value, str) or value.strip().lower() not in _YES:
        findings.say(entry, _("Available is yes or no."))
        return None
    return _YES[value.strip().lower()]


def _number(entry: Entry, field: str, default: int, findings: Findings) -> int:
    value = entry.get(field)
    if value in (None, ""):
        return default
    text = str(value).strip()
    if isinstance(value, bool) or not text.isascii() or not text.isdecimal() or len(text) > 3:
        findings.say(entry, _("How many may be chosen is a whole number, such as 1."))
        return default
    return int(text)
