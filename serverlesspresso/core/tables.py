"""Tables in files (CSV), read and written as spreadsheets of any country have them."""

import csv
import datetime as dt
import io
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from django.utils.formats import get_format
from django.utils.translation import gettext as _

MARK = "\ufeff"
"""At the beginning of a file it says to spreadsheets: this is UTF-8."""
_MARKS = {
    b"\xef\xbb\xbf": "utf-8-sig",
    b"\xff\xfe\x00\x00": "utf-32",
    b"\x00\x00\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}
_WORKBOOK = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_SEPARATORS = ",;\t"
_SAYS_SEPARATOR = re.compile(r'"?sep=([^"\w ])"?[,;\t]*', re.IGNORECASE)
_LINE_END = re.compile(r"\r\n?|\n")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""A spreadsheet would take a cell that begins so for a formula; in some countries the wide signs, too."""
_NUMBER = re.compile(r"'*[0-9][0-9.,:/%\s-]*(?:e[0-9]+)?|'*(?:true|false)", re.IGNORECASE)


class WrongLine(Exception):
    """A file that cannot be read: which line it is, and a sentence that says what is wrong."""

    def __init__(self, line: int, text: str):
        super().__init__(text)
        self.line, self.text = line, text


class Text(NamedTuple):
    """What a file says. Not `sure`: nothing in it says how its accents are written, so that was guessed."""

    text: str
    sure: bool


# -- reading ---------------------------------------------------------------------------------------


def decode(content: bytes) -> Text:
    """The text in a file: UTF-8, UTF-16 or UTF-32; else what spreadsheets call plain CSV, in Western Europe's
    letters. Raises WrongLine for a workbook, and for what is no text."""
    if content.startswith(_WORKBOOK):
        text = _("This is a workbook. In your spreadsheet, save the sheet as “CSV UTF-8” and send that file.")
        raise WrongLine(1, text)
    encoding = _encoding(content)
    try:
        found = Text(content.decode(encoding), sure=True)
    except UnicodeDecodeError as error:
        before = content[: error.start].decode(encoding, "ignore")
        found = Text(_guessed(content, _line_at(before)), sure=False)
    if (place := found.text.find("\0")) >= 0:
        raise WrongLine(
            _line_at(found.text[:place]),
            _("This line has a character that is not text. Save the file again as CSV UTF-8."),
        )
    return found


def _encoding(content: bytes) -> str:
    for mark, encoding in _MARKS.items():
        if content.startswith(mark):
            return encoding
    if content[1:2] == b"\0":
        return "utf-16-le"
    return "utf-16-be" if content[:1] == b"\0" else "utf-8"


def _guessed(content: bytes, line: int) -> str:
    """Windows' letters, or those of old Macs, whose lines end with CR. Not where UTF-8 is merely damaged, nor
    with a byte FF, which is no letter of a menu but often a sign of something else."""
    encoding = "mac_roman" if b"\n" not in content and b"\r" in content else "cp1252"
    damaged = not content.decode("utf-8", "ignore").isascii() or b"\xff" in content or b"\0" in content
    try:
        if not damaged:
            return content.decode(encoding)
    except UnicodeDecodeError:
        pass
    text = _("This is not text in UTF-8. Save the file as UTF-8; a spreadsheet calls it “CSV UTF-8”.")
    raise WrongLine(line, text)


def _line_at(before: str) -> int:
    return len(_LINE_END.findall(before)) + 1


def rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """The rows of a table that are not empty, each with the line it begins on: with commas, semicolons or
    tabs, and any ends of lines. A first line `sep=;` is followed and left out. Raises WrongLine."""
    lines = _LINE_END.sub("\n", text)
    told = _SAYS_SEPARATOR.fullmatch(lines.partition("\n")[0].strip(" "))
    above = 1 if told else 0
    lines = lines.partition("\n")[2] if told else lines
    head = lines.lstrip("\n").partition("\n")[0]
    between = told[1] if told and told[1] in head else max(_SEPARATORS, key=head.count)
    sheet = csv.reader(io.StringIO(lines), delimiter=between, strict=True)
    while True:
        line = above + sheet.line_num + 1
        try:
            cells = next(sheet)
            if cells and between in cells[0] and not any(cells[1:]):  # split elsewhere, kept as one cell
                cells = next(csv.reader([cells[0]], delimiter=between))
        except StopIteration:
            return
        except csv.Error:
            problem = _("This line cannot be read. Is a quotation mark not closed, or a cell too long?")
            raise WrongLine(line, problem) from None
        if any(cell.strip() for cell in cells):
            yield line, cells


def bare(cell: str) -> str:
    """A cell without the mark that `safe` or `literal` put before it."""
    return cell[1:] if cell.startswith("'") and (_is_formula(cell[1:]) or _is_number(cell[1:])) else cell


# -- writing ---------------------------------------------------------------------------------------


def write(table: Iterable[Iterable[object]]) -> Iterator[str]:
    """Rows as CSV, bit by bit, for a spreadsheet in the reader's language: where numbers have a decimal
    comma, cells are separated by semicolons. Moments are written as they are, without their zone."""
    comma = get_format("DECIMAL_SEPARATOR") == ","

    def lines() -> Iterator[str]:
        yield MARK
        for row in table:
            line = io.StringIO()
            csv.writer(line, delimiter=";" if comma else ",").writerow(_cell(cell, comma) for cell in row)
            yield line.getvalue()

    return lines()


def _cell(cell: object, comma: bool) -> object:
    if isinstance(cell, dt.datetime):
        return f"{cell:%Y-%m-%d %H:%M:%S}"  # clock: whoever writes brought it into the store's zone
    if isinstance(cell, float) and comma:
        return str(cell).replace(".", ",")
    return safe(cell)


def safe(cell: object) -> object:
    """A cell that no spreadsheet takes for a formula; numbers stay numbers."""
    return f"'{cell}" if isinstance(cell, str) and _is_formula(cell) else cell


def literal(cell: str) -> str:
    """A cell that no spreadsheet makes a number, a date or a time of, such as the name `1/2`."""
    return f"'{cell}" if _is_number(cell) else cell


def _is_formula(cell: str) -> bool:
    return cell.lstrip("'").startswith(_FORMULA)


def _is_number(cell: str) -> bool:
    return _NUMBER.fullmatch(cell) is not None
