"""Check a menu file line by line, and make a plan of it: all of it, or nothing."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from config.models import Drink
from serverlesspresso.core.errors import Invalid
from serverlesspresso.core.typed_text import is_storable, key, plain, truth, whole

from .planning import MenuPlan, PlannedChoice, PlannedDrink, PlannedOption, named_twice

MOST = 200
"""Most drinks, choices, and options of a choice: a menu fits on a screen."""
SAID = 50
"""Most wrong lines that are reported."""
_LONGEST = 60
_HIGHEST = 999
FIELDS = {
    "choice": {"name", "labels", "min", "max", "options"},
    "option": {"name", "labels", "available"},
    "drink": {"name", "labels", "icon", "available", "choices"},
}
"""The fields of each kind of thing in a file."""

Entry = dict[str, Any]
"""What a file says about one thing, with its `line`."""


class Findings:
    """What is wrong, by line."""

    def __init__(self):
        self.found: dict[int, str] = {}

    def say(self, entry: Entry, text: str) -> None:
        """Record an error of an entry: only the first on each line. Raises the findings once there are more
        than anybody reads."""
        self.found.setdefault(entry["line"], text)
        if len(self.found) > SAID:
            self.refuse()

    def refuse(self) -> None:
        """Raise Invalid `menu_unreadable` if anything was found; its errors are by line."""
        if self.found:
            raise unreadable(self.found)


def unreadable(found: dict[int, str]) -> Invalid:
    """The refusal for what was found, by line."""
    wrong = sorted(found.items())[:SAID]
    lines = {_("Line %(line)d") % {"line": line}: plain(text) for line, text in wrong}
    text = _("Nothing was changed. Correct this in the file and upload it again.")
    if len(found) > SAID:
        text += " " + _("Only the first %(most)d errors are listed; there are more.") % {"most": SAID}
    return Invalid(text, code="menu_unreadable", errors=lines)


def checked(choices: Iterable[Entry], drinks: Iterable[Entry]) -> MenuPlan:
    """The plan that a file's entries make. Raises Invalid `menu_unreadable` with every line that is wrong."""
    findings = Findings()
    choices, drinks = list(choices), list(drinks)
    if max(len(choices), len(drinks)) > MOST:
        raise unreadable({1: _("That is too many: %(most)d at most.") % {"most": MOST}})
    planned: dict[str, PlannedChoice] = {}
    for entry in choices:
        choice = _choice(entry, findings)
        _once(entry, choice.name, planned, findings)
        planned[key(choice.name)] = choice
    poured: dict[str, PlannedDrink] = {}
    for entry in drinks:
        drink = _drink(entry, planned, findings)
        _once(entry, drink.name, poured, findings)
        poured[key(drink.name)] = drink
    findings.refuse()
    return MenuPlan(tuple(planned.values()), tuple(poured.values()))


def _choice(entry: Entry, findings: Findings) -> PlannedChoice:
    _known(entry, "choice", findings)
    options: dict[str, PlannedOption] = {}
    for each in _entries(entry, "options", findings):
        _known(each, "option", findings)
        option = PlannedOption(_name(each, findings), _labels(each, findings), _available(each, findings))
        _once(each, option.name, options, findings)
        options[key(option.name)] = option
    least, most = _number(entry, "min", 0, findings), _number(entry, "max", 1, findings)
    if not least <= most or most < 1:
        findings.say(
            entry, _("The maximum number of options cannot be less than the minimum, nor less than 1.")
        )
    if len(options) < least:
        findings.say(entry, _("There are fewer options than must be chosen."))
    return PlannedChoice(
        _name(entry, findings), _labels(entry, findings), least, most, tuple(options.values())
    )


def _drink(entry: Entry, known: dict[str, PlannedChoice], findings: Findings) -> PlannedDrink:
    _known(entry, "drink", findings)
    icon = entry.get("icon") or Drink.Icon.CUP.value
    icon = key(icon).replace(" ", "-") if isinstance(icon, str) else icon
    if icon not in Drink.Icon.values:
        icons = ", ".join(Drink.Icon.values)
        findings.say(
            entry, _("There is no icon of that name. Available icons: %(icons)s.") % {"icons": icons}
        )
    choices = entry.get("choices") or []
    if not isinstance(choices, list) or not all(isinstance(name, str) for name in choices):
        findings.say(entry, _("Choices must be a list of names."))
        choices = []
    if unknown := [name for name in choices if key(name) not in known]:
        text = _("There is no choice %(name)s in this file.")
        findings.say(entry, text % {"name": unknown[0][:_LONGEST]})
    picked = [known[each] for each in dict.fromkeys(map(key, choices)) if each in known]
    if twice := named_twice(option.name for choice in picked for option in choice.options):
        text = _("Two choices of this drink both have the option %(name)s.")
        findings.say(entry, text % {"name": twice[0]})
    name, labels = _name(entry, findings), _labels(entry, findings)
    names = tuple(choice.name for choice in picked)
    return PlannedDrink(name, labels, str(icon), _available(entry, findings), names)


def _known(entry: Entry, kind: str, findings: Findings) -> None:
    """Report fields that are unknown: nothing in a file is silently ignored."""
    if unknown := sorted(entry.keys() - FIELDS[kind] - {"line"}):
        text = _("There is no field %(name)s here. The fields are: %(names)s.")
        names = ", ".join(sorted(FIELDS[kind]))
        findings.say(entry, text % {"name": unknown[0][:_LONGEST], "names": names})


def _entries(entry: Entry, field: str, findings: Findings) -> list[Entry]:
    found = entry.get(field) or []
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found) or len(found) > MOST:
        findings.say(entry, _("A list of options is expected here, each with a name."))
        return []
    return found


def _once(entry: Entry, name: str, known: dict, findings: Findings) -> None:
    if key(name) in known:
        findings.say(entry, _("%(name)s is listed twice.") % {"name": name})


def _name(entry: Entry, findings: Findings) -> str:
    return _text(entry, entry.get("name"), findings, needed=True)


def _text(entry: Entry, value, findings: Findings, *, needed: bool = False) -> str:
    text = plain(value) if isinstance(value, str) else ""
    if not isinstance(value, str | None) or (needed and not text):
        findings.say(entry, _("A name is missing."))
    elif not is_storable(value or ""):
        findings.say(entry, _("This text has characters that cannot be stored."))
    elif len(text) > _LONGEST:
        findings.say(
            entry, _("A name can have at most %(most)d characters, on one line.") % {"most": _LONGEST}
        )
    return text[:_LONGEST]


def _labels(entry: Entry, findings: Findings) -> dict[str, str]:
    labels = entry.get("labels") or {}
    if not isinstance(labels, dict):
        findings.say(entry, _("Give names in other languages by language code, such as pt-br."))
        return {}
    labels = {key(code).replace("_", "-"): text for code, text in labels.items() if code != "line"}
    if unknown := sorted(set(labels) - set(dict(settings.LANGUAGES))):
        text = _("The language %(code)s is not available here.")
        findings.say(entry, text % {"code": unknown[0][:_LONGEST]})
    found = {code: _text(entry, text, findings) for code, text in labels.items()}
    return {code: text for code, text in found.items() if text}


def _available(entry: Entry, findings: Findings) -> bool | None:
    value = entry.get("available")
    if value in (None, "") or isinstance(value, bool):
        return None if value == "" else value
    found = truth(str(value))
    if found is None:
        findings.say(entry, _("“Available” must be yes or no."))
    return found


def _number(entry: Entry, field: str, default: int, findings: Findings) -> int:
    value = entry.get(field)
    if value in (None, ""):
        return default
    found = None if isinstance(value, bool) else whole(str(value))
    if found is None or found > _HIGHEST:
        findings.say(entry, _("The number of options to choose must be a whole number, such as 1."))
        return default
    return found
