"""Menus in files: JSON, which holds everything in its shape, and CSV, which a spreadsheet can edit."""

import csv
import io
import json
import json.scanner
from collections.abc import Callable
from json.decoder import JSONObject  # type: ignore[attr-defined]  # documented nowhere, there since 2.6
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from .menu_check import Entry, checked, unreadable
from .menu_plan import MenuPlan

BIGGEST = 200 * 1024
"""Bytes of a file at most."""
_COLUMNS = ("kind", "name", "choices", "icon", "available", "min", "max")
_BETWEEN = ";"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet would take a cell that begins so for a formula."""


def _languages() -> list[str]:
    return [code for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]


# -- writing ---------------------------------------------------------------------------------------


def to_json(plan: MenuPlan) -> str:
    """The menu as JSON, as `from_json` reads it."""
    choices = [
        {
            "name": choice.name,
            "labels": choice.labels,
            "min": choice.min,
            "max": choice.max,
            "options": [
                {"name": each.name, "labels": each.labels, "available": each.available}
                for each in choice.options
            ],
        }
        for choice in plan.choices
    ]
    drinks = [
        {
            "name": drink.name,
            "labels": drink.labels,
            "icon": drink.icon,
            "available": drink.available,
            "choices": list(drink.choices),
        }
        for drink in plan.drinks
    ]
    return json.dumps({"choices": choices, "drinks": drinks}, ensure_ascii=False, indent=2) + "\n"


def to_csv(plan: MenuPlan) -> str:
    """The menu as CSV: a line for each choice, each of its options, and each drink."""
    out = io.StringIO()
    sheet = csv.writer(out, lineterminator="\n")
    sheet.writerow([*_COLUMNS, *(f"label {code}" for code in _languages())])

    def write(kind: str, thing, *, choices: str = "", icon: str = "", low="", high="") -> None:
        available = {True: "yes", False: "no", None: ""}[getattr(thing, "available", None)]
        labels = [thing.labels.get(code, "") for code in _languages()]
        cells = [kind, thing.name, choices, icon, available, low, high, *labels]
        sheet.writerow([safe(cell) for cell in cells])

    for choice in plan.choices:
        write("choice", choice, low=choice.min, high=choice.max)
        for option in choice.options:
            write("option", option, choices=choice.name)
    for drink in plan.drinks:
        write("drink", drink, choices=_BETWEEN.join(drink.choices), icon=drink.icon)
    return out.getvalue()


def safe(cell: object) -> object:
    """A cell that no spreadsheet takes for a formula; numbers stay numbers."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


# -- reading ---------------------------------------------------------------------------------------


def read(content: bytes) -> MenuPlan:
    """The menu in a file, JSON or CSV. Raises Invalid `menu_unreadable` with what is wrong by line."""
    if len(content) > BIGGEST:
        raise unreadable({1: _("The file is too large for a menu: 200 KiB at most.")})
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise unreadable({line: _("This is not text in UTF-8. Save the file as UTF-8.")}) from None
    if not text.strip():
        raise unreadable({1: _("The file is empty.")})
    return from_json(text) if text.lstrip().startswith(("{", "[")) else from_csv(text)


class _Decoder(json.JSONDecoder):
    """Reads JSON and notes, in each object, the line it begins on."""

    scan_once: Callable

    def __init__(self):
        super().__init__()
        self.parse_object = self._object
        self.scan_once = json.scanner.py_make_scanner(self)  # type: ignore[attr-defined]

    def _object(self, place, *args):
        found, end = JSONObject(place, *args)
        text, start = place
        found["line"] = text.count("\n", 0, start) + 1
        return found, end


def from_json(text: str) -> MenuPlan:
    """The menu in a JSON text; raises Invalid `menu_unreadable`."""
    try:
        found: Any = _Decoder().decode(text)
    except json.JSONDecodeError as error:
        problem = _("This is no JSON: %(why)s.") % {"why": error.msg}
        raise unreadable({error.lineno: problem}) from None
    except (RecursionError, ValueError):
        raise unreadable({1: _("This is no menu.")}) from None
    if not isinstance(found, dict) or not all(_is_list(found.get(key, [])) for key in ("choices", "drinks")):
        raise unreadable({1: _('A menu has "drinks" and, if they come with any, "choices": lists both.')})
    return checked(found.get("choices", []), found.get("drinks", []))


def _is_list(value) -> bool:
    return isinstance(value, list) and all(isinstance(each, dict) for each in value)


def from_csv(text: str) -> MenuPlan:
    """The menu in a CSV text, with commas, semicolons or tabs; raises Invalid `menu_unreadable`."""
    head = text.partition("\n")[0]
    sheet = csv.reader(io.StringIO(text), delimiter=max(",;\t", key=head.count))
    columns = [cell.strip().lower() for cell in next(sheet)]
    if missing := {"kind", "name"} - set(columns):
        raise unreadable({1: _("The first line names the columns; there is none for %(name)s.") % {
            "name": ", ".join(sorted(missing))}})  # fmt: skip
    choices: dict[str, Entry] = {}
    drinks: list[Entry] = []
    found: dict[int, str] = {}
    try:
        for cells in sheet:
            if any(cells):
                _row(_entry(columns, cells, sheet.line_num), choices, drinks, found)
    except csv.Error as error:
        found[sheet.line_num] = _("This line cannot be read: %(why)s.") % {"why": error}
    if found:
        raise unreadable(found)
    return checked(choices.values(), drinks)


def _entry(columns: list[str], cells: list[str], line: int) -> Entry:
    """A row by column, without the mark that kept spreadsheets from calculating."""
    plain = (
        cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell.strip() for cell in cells
    )
    entry: Entry = dict(zip(columns, plain, strict=False))
    labels = {
        name.removeprefix("label ").strip(): text for name, text in entry.items() if name[:6] == "label "
    }
    return entry | {"labels": labels, "line": line}


def _row(entry: Entry, choices: dict[str, Entry], drinks: list[Entry], found: dict[int, str]) -> None:
    kind, line = entry.get("kind", "").lower(), entry["line"]
    of = entry.get("choices", "")
    if kind == "drink":
        drinks.append(entry | {"choices": [name.strip() for name in of.split(_BETWEEN) if name.strip()]})
    elif kind == "choice":
        if entry.get("name") in choices:
            found[line] = _("%(name)s is there twice.") % {"name": entry["name"]}
        choices.setdefault(entry.get("name", ""), entry | {"options": []})
    elif kind == "option" and of in choices:
        choices[of]["options"].append(entry)
    elif kind == "option":
        found[line] = _("There is no choice %(name)s above this line.") % {"name": of or "–"}
    else:
        found[line] = _("The kind of a line is choice, option or drink.")
