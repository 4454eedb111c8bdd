"""Menus in files: JSON, which keeps the structure, and CSV, which a spreadsheet can edit."""

import bisect
import csv
import io
import json
import json.scanner
import re
from collections.abc import Callable, Iterator
from json.decoder import JSONObject  # type: ignore[attr-defined]  # documented nowhere, there since 2.6
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from serverlesspresso.core import tables
from serverlesspresso.core.typed_text import key, plain

from .planning import MenuPlan
from .validation import FIELDS, SAID, Entry, checked, unreadable

BIGGEST = 200 * 1024
"""Largest file, in bytes."""
_COLUMNS = ("kind", "name", "choices", "icon", "available", "min", "max")
_BETWEEN = "|"
"""Separates the choices of a drink in one cell: no country's spreadsheet splits there."""


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
    return "".join(tables.write(_lines(plan)))


def _lines(plan: MenuPlan) -> Iterator[list[object]]:
    yield [*_COLUMNS, *(f"label {code}" for code in _languages())]
    for choice in plan.choices:
        yield _line("choice", choice, low=choice.min, high=choice.max)
        for option in choice.options:
            yield _line("option", option, choices=tables.literal(choice.name))
    for drink in plan.drinks:
        yield _line("drink", drink, choices=_joined(drink.choices), icon=drink.icon)


def _line(kind: str, thing, *, choices: str = "", icon: str = "", low="", high="") -> list[object]:
    available = {True: "yes", False: "no", None: ""}[getattr(thing, "available", None)]
    labels = [tables.literal(thing.labels.get(code, "")) for code in _languages()]
    return [kind, tables.literal(thing.name), choices, icon, available, low, high, *labels]


def _joined(names: tuple[str, ...]) -> str:
    cell = io.StringIO()
    csv.writer(cell, delimiter=_BETWEEN, lineterminator="").writerow(names)
    return tables.literal(cell.getvalue())


# -- reading ---------------------------------------------------------------------------------------


def read(content: bytes) -> MenuPlan:
    """The menu in a file, JSON or CSV. Raises Invalid `menu_unreadable` with the errors by line."""
    if len(content) > BIGGEST:
        raise unreadable({1: _("The file is too large for a menu. The limit is 200 KiB.")})
    try:
        text = tables.decode(content).text
        if not text.strip():
            raise unreadable({1: _("The file is empty.")})
        return from_json(text) if text.lstrip().startswith(("{", "[")) else from_csv(text)
    except tables.WrongLine as wrong:
        raise unreadable({wrong.line: wrong.text}) from None


class _Decoder(json.JSONDecoder):
    """Reads JSON and records in each object the line it begins on."""

    scan_once: Callable

    def __init__(self, text: str):
        super().__init__(object_pairs_hook=list)
        self.ends = [found.start() for found in re.finditer("\n", text)]
        self.parse_object = self._object
        self.scan_once = json.scanner.py_make_scanner(self)  # type: ignore[attr-defined]

    def _object(self, place, *args):
        pairs, end = JSONObject(place, *args)
        line = bisect.bisect_left(self.ends, place[1]) + 1
        _once([name for name, _value in pairs], line)
        return {**dict(pairs), "line": line}, end


def _once(names: list[str], line: int) -> None:
    """Refuse two fields of one name: whoever typed them meant both, and only the last would count."""
    if twice := [name for at, name in enumerate(names) if name and name in names[:at]]:
        raise unreadable({line: _("%(name)s is listed twice.") % {"name": twice[0]}})


def from_json(text: str) -> MenuPlan:
    """The menu in a JSON text; raises Invalid `menu_unreadable`."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    try:
        found: Any = _Decoder(text).decode(text)
    except json.JSONDecodeError as error:
        problem = _("This is not valid JSON: %(why)s.") % {"why": error.msg}
        raise unreadable({error.lineno: problem}) from None
    except (RecursionError, ValueError):
        raise unreadable({1: _("This is not a menu.")}) from None
    lists = [found.get(part, []) for part in ("choices", "drinks")] if isinstance(found, dict) else [None]
    if not all(map(_is_list, lists)):
        raise unreadable({1: _no_menu()})
    told = found.get("menu")
    if (isinstance(told, dict) and "drinks" in told) or any(
        "modifiers" in drink for drink in found.get("drinks", ())
    ):
        text = _(
            "This menu comes from the API, in one language only. Download it as JSON on this page instead."
        )
        raise unreadable({1: text})
    if "drinks" not in found or found.keys() - {"drinks", "choices", "line"}:
        raise unreadable({1: _no_menu()})
    return checked(found.get("choices", []), found["drinks"])


def _no_menu() -> str:
    return _('This is not a menu. A menu has a list of "drinks" and, if they offer any, a list of "choices".')


def _is_list(value) -> bool:
    return isinstance(value, list) and all(isinstance(each, dict) for each in value)


def from_csv(text: str) -> MenuPlan:
    """The menu in a CSV text; raises Invalid `menu_unreadable`, or WrongLine."""
    rows = tables.rows(text)
    line, head = next(rows, (1, []))
    columns = [key(cell) for cell in head]
    _once(columns, line)
    if missing := {"kind", "name"} - set(columns):
        text = _("The first line must name the columns; there is no column for %(name)s.")
        raise unreadable({line: text % {"name": ", ".join(sorted(missing))}})
    choices: dict[str, Entry] = {}
    drinks: list[Entry] = []
    found: dict[int, str] = {}
    for line, cells in rows:
        if any(cells[len(columns) :]):
            found[line] = _("This line has more cells than the first line has columns.")
        _row(_entry(columns, cells, line), choices, drinks, found)
        if len(found) > SAID:
            break
    if found:
        raise unreadable(found)
    return checked(choices.values(), drinks)


def _entry(columns: list[str], cells: list[str], line: int) -> Entry:
    entry: Entry = dict(zip(columns, (tables.bare(plain(cell)) for cell in cells), strict=False))
    labels = {name.removeprefix("label "): text for name, text in entry.items() if name[:6] == "label "}
    return entry | {"labels": labels, "line": line}


def _row(entry: Entry, choices: dict[str, Entry], drinks: list[Entry], found: dict[int, str]) -> None:
    """Sort a row in, using only the columns of its kind: a sheet may have others of its own."""
    kind, line = key(entry.get("kind", "")), entry["line"]
    name, of = key(entry.get("name", "")), entry.get("choices", "")
    own = FIELDS.get(kind, set()) | {"line"}
    entry = {field: value for field, value in entry.items() if field in own}
    if kind == "drink":
        drinks.append(entry | {"choices": _names(of, choices)})
    elif kind == "choice":
        if name in choices:
            found[line] = _("%(name)s is listed twice.") % {"name": entry["name"]}
        choices.setdefault(name, entry | {"options": []})
    elif kind == "option" and key(of) in choices:
        choices[key(of)]["options"].append(entry)
    elif kind == "option":
        found[line] = _("There is no choice %(name)s above this line.") % {"name": of or "–"}
    else:
        found[line] = _("The kind of a line must be choice, option or drink.")


def _names(cell: str, known: dict[str, Entry]) -> list[str]:
    """The names in a cell, with `|` between; people also write `;` or a comma."""
    if key(cell) in known:
        return [cell]
    between = next((mark for mark in (_BETWEEN, *";,") if mark in cell), _BETWEEN)
    names = next(csv.reader([cell], delimiter=between, skipinitialspace=True), [])
    return [plain(name) for name in names if plain(name)]
