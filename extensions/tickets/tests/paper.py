"""What a printer makes of what it is sent: the little of ESC/POS that tickets use, as Epson describes it."""

from dataclasses import dataclass, field

PAGES = {0: "cp437", 2: "cp850", 3: "cp860", 13: "cp857", 14: "cp737", 16: "cp1252", 17: "cp866", 18: "cp852",
         33: "cp775", 45: "cp1250", 46: "cp1251", 47: "cp1253", 48: "cp1254", 51: "cp1257"}  # fmt: skip
_SKIPPED = {b"\x1ba": 1, b"\x1bE": 1, b"\x1bd": 1, b"\x1dV": 1}


@dataclass
class Paper:
    """Lines of text, with how many times the usual width each has, pictures by their dots, pages used."""

    lines: list[tuple[str, int]] = field(default_factory=list)
    pictures: list[tuple[int, int]] = field(default_factory=list)
    pages: set[int] = field(default_factory=set)
    chinese: bool = True

    @property
    def texts(self) -> list[str]:
        return [text for text, _width in self.lines if text]


def read(data: bytes) -> Paper:
    """Raises AssertionError at what a printer would not understand."""
    paper, page, width, line, at = Paper(), 0, 1, "", 0
    while at < len(data):
        two = data[at : at + 2]
        if two == b"\x1b@":
            page, width, at = 0, 1, at + 2
        elif two == b"\x1c.":
            paper.chinese, at = False, at + 2
        elif two == b"\x1bt":
            page, at = data[at + 2], at + 3
        elif two == b"\x1d!":
            width, at = (data[at + 2] >> 4) + 1, at + 3
        elif data[at : at + 4] == b"\x1dv0\x00":
            wide, high = (int.from_bytes(data[at + n : at + n + 2], "little") for n in (4, 6))
            paper.pictures.append((wide * 8, high))
            at += 8 + wide * high
        elif two in _SKIPPED:
            at += 2 + _SKIPPED[two]
        elif data[at] == 0x0A:
            paper.lines.append((line, width))
            line, at = "", at + 1
        else:
            assert data[at] >= 0x20, f"a stray {data[at]:#x}"
            assert not (paper.chinese and data[at] > 0x7F), "Chinese"
            if data[at] > 0x7F:
                paper.pages.add(page)
            letter = data[at : at + 1]
            line += letter.decode("ascii" if data[at] < 0x80 else PAGES[page])
            at += 1
    assert not line, "a line that was not ended"
    return paper
