"""How text gets onto paper: in the printer's own letters, as a picture, or not at all; never garbled."""

import unicodedata
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from django.conf import settings
from escpos.magicencode import Encoder
from PIL import Image, ImageDraw, ImageFont, features
from PIL.ImageFont import FreeTypeFont

from . import layout

PAGES = {
    "CP1252": 16, "CP850": 2, "CP860": 3, "CP852": 18, "CP1250": 45, "CP866": 17, "CP1251": 46, "CP737": 14,
    "CP1253": 47, "CP857": 13, "CP1254": 48, "CP775": 33, "CP1257": 51, "TCVN-3-1": 30, "TCVN-3-2": 31,
}  # fmt: skip
"""The printers' code pages, with their numbers, for scripts with one letter per cell. Those that even cheap
printers have come first."""
DOTS = 12, 24
"""Width and height of a letter in the printers' usual type."""
_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "/Library/Fonts", "/System/Library/Fonts")
_PLAIN = ("Mono", "Serif", "Oblique", "Italic", "Light", "Thin", "Condensed", "Black")
_MISSING = "\U0010fffe"


class Pages(Encoder):
    """The library's encoder, but it takes the first page in our order that has a letter: the library sorts
    numbers as text."""

    def __init__(self) -> None:
        super().__init__({name: str(number) for name, number in PAGES.items()})

    def find_suitable_encoding(self, char: str) -> str | None:
        """The code page for a letter; None if there is none."""
        return next((page for page in self.codepages if self.can_encode(page, char)), None)


def plain(text: str) -> str:
    """A text without emoji and the characters that modify them."""
    text = unicodedata.normalize("NFC", layout.clean(text))
    return " ".join("".join(letter for letter in text if not _is_ornament(letter)).split())


def _is_ornament(letter: str) -> bool:
    kind, name = unicodedata.category(letter), unicodedata.name(letter, "")
    return (kind in ("So", "Sk") and letter > "ÿ") or kind == "Me" or "VARIATION SELECTOR" in name


def is_carried(text: str, pages: Pages) -> bool:
    """Whether the printer has letters for all of it."""
    return all(pages.find_suitable_encoding(letter) for letter in text)


def drawn(text: str, columns: int, big: int) -> Image.Image | None:
    """A picture of a text, as wide as this many columns; None if no font here has all of it."""
    font = _font(text, DOTS[1] * big)
    if font is None:
        return None
    width = columns * big * DOTS[0]
    lines = wrapped(text, lambda part: font.getlength(part) <= width)
    height = sum(font.getmetrics())
    picture = Image.new("1", (width, height * len(lines)), 1)
    pen = ImageDraw.Draw(picture)
    for number, line in enumerate(lines):
        pen.text((0, number * height), line, font=font, fill=0)
    return picture


def wrapped(text: str, fits: Callable[[str], bool]) -> list[str]:
    """A text in lines that fit, broken between words; only a word longer than a line is cut."""
    lines = [""]
    for word in text.split():
        if fits(longer := f"{lines[-1]} {word}".lstrip()):
            lines[-1] = longer
            continue
        rest = word
        while not fits(rest):
            lines.append(rest[: (cut := _cut(rest, fits))])
            rest = rest[cut:]
        lines.append(rest)
    return [line for line in lines if line]


def _cut(word: str, fits: Callable[[str], bool]) -> int:
    """How much of a word fits; a mark stays with its letter."""
    for place in range(len(word) - 1, 1, -1):
        if fits(word[:place]) and not unicodedata.category(word[place]).startswith("M"):
            return place
    return 1


def _font(text: str, size: int) -> FreeTypeFont | None:
    turned = any(unicodedata.bidirectional(letter) in ("R", "AL", "AN") for letter in text)
    joined = turned or any(unicodedata.category(letter).startswith("M") for letter in text)
    if (joined and not features.check("raqm")) or (turned and not features.check("fribidi")):
        return None
    for path in _paths():
        if _has(path, text):
            return ImageFont.truetype(path, size)
    return None


@cache
def _paths() -> tuple[Path, ...]:
    """The fonts of this machine and of the folder `fonts` in DATA_DIR, the plain ones first."""
    found = [path for folder in (Path(settings.DATA_DIR) / "fonts", *_FOLDERS) for path in _in(Path(folder))]
    return tuple(sorted(found, key=lambda path: (sum(word in path.name for word in _PLAIN), path.name)))


def _in(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.suffix.lower() in (".ttf", ".otf", ".ttc"))


def _has(path: Path, text: str) -> bool:
    font = _trial(path)
    return font is not None and not any(
        _look(font, letter) == _look(font, _MISSING) for letter in set(text) - {" "}
    )


@cache
def _trial(path: Path) -> FreeTypeFont | None:
    try:
        return ImageFont.truetype(path, DOTS[1], layout_engine=ImageFont.Layout.BASIC)
    except OSError:
        return None  # not a font, whatever its name


def _look(font: FreeTypeFont, letter: str) -> tuple[tuple[int, int], bytes]:
    mask = font.getmask(letter)
    return mask.size, bytes(mask)
