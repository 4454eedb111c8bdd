"""Names and drinks in any script are right on paper or left away, and lines end between words."""

import pytest

from extensions.tickets import layout, lettering, printing
from extensions.tickets.models import Paper

from .paper import read


@pytest.fixture
def no_fonts(monkeypatch):
    monkeypatch.setattr(lettering, "_paths", tuple)


def ticket(**said) -> layout.Ticket:
    usual = {"number": "31", "drink": "Latte", "modifiers": [], "name": "", "notes": [], "foot": "Bar 22:30"}
    return layout.Ticket(**{**usual, **said})


def printed(paper: str = "80", **said):
    return read(printing.encoded(ticket(**said), paper))


@pytest.mark.parametrize(
    ("name", "pages"),
    [
        ("João Ñandú Åse", {16}),
        ("Zoë €5", {16}),
        ("Łukasz Žižek", {18}),
        ("Ольга", {17}),
        ("Ελένη", {14}),
        ("Şehnaz Yılmaz", {18, 48}),
        ("Plain", set()),
    ],
)
def test_a_name_in_letters_the_printer_has_is_printed_with_them(no_fonts, name, pages):
    paper = printed(name=name)
    assert paper.texts[1] == name
    assert paper.pages <= pages | {13, 2, 45}
    assert paper.pictures == []


def test_western_letters_are_on_the_pages_that_cheap_printers_have(no_fonts):
    assert printed(name="João Ñandú Åse Müller Øre ça ß õ").pages <= {16, 2, 3}


@pytest.mark.parametrize("name", ["王小明", "さくら", "김민준", "علي", "דוד", "नमस्ते", "ก้อง", "李 João"])
def test_a_name_that_can_be_neither_printed_nor_drawn_is_left_away_and_said_so(no_fonts, name):
    paper = printed(name=name)
    assert paper.texts == ["31", "Name: see the tablet", "Latte", "Bar 22:30"]
    assert paper.lines[0] == ("31", 4)


def test_a_drink_an_option_and_a_bar_that_cannot_be_printed_are_left_away_too(no_fonts):
    paper = printed(drink="拿铁", modifiers=["燕麦奶", "Oat"], foot="咖啡吧 22:30")
    assert paper.texts == ["31", "Drink: see the tablet", "+ see the tablet", "+ Oat", "22:30"]


@pytest.mark.parametrize("name", ["علي דוד", "Ali علي"])
@pytest.mark.parametrize("kind", Paper.values)
def test_a_name_in_another_script_is_drawn_as_wide_as_the_paper(name, kind):
    if not lettering._font(lettering.plain(name), 48):
        pytest.skip("no font here has these letters: install fonts-dejavu-core and libfribidi0")
    paper = printed(kind, name=name)
    [(wide, _high)] = paper.pictures
    assert wide == layout.CHARACTERS[Paper(kind)] // 2 * 2 * 12
    assert paper.texts == ["31", "Latte", "Bar 22:30"]


def test_without_a_shaping_library_nothing_that_needs_one_is_drawn(monkeypatch):
    monkeypatch.setattr(lettering.features, "check", lambda name: False)
    assert printed(name="علي").texts[1] == "Name: see the tablet"


@pytest.mark.parametrize(
    ("name", "on_paper"),
    [
        ("😀 Zoë ☕️", "Zoë"),
        ("Ana 👩🏽‍🚀", "Ana"),
        ("1️⃣ Bob", "1 Bob"),
        ("Zoe\u0308", "Zoë"),
        ("Flat\u00a0White\u2003x", "Flat White x"),
        ("\x1b@\x1dVEve\u202e\n\n", "@VEve"),
        ("A\nB\tC", "A B C"),
        ("🇧🇷", "Name: see the tablet"),
        ("😀", "Name: see the tablet"),
    ],
)
def test_ornaments_orders_to_the_printer_and_odd_spaces_do_not_reach_the_paper(no_fonts, name, on_paper):
    assert printed(name=name).texts[1] == on_paper


def test_a_printer_that_starts_in_chinese_mode_is_taken_out_of_it(no_fonts):
    assert printing.encoded(ticket(), "80").startswith(b"\x1b@\x1c.")


@pytest.mark.parametrize("kind", Paper.values)
def test_lines_end_between_words_and_a_time_stays_whole(no_fonts, kind):
    drink, foot = "Cold brew with house-made vanilla syrup", "Serverlesspresso Bar 22:30"
    paper = printed(kind, drink=drink, foot=foot, modifiers=["Oat milk of the barista edition, warm"])
    room = layout.CHARACTERS[Paper(kind)]
    assert all(len(text) * width <= room for text, width in paper.lines)
    assert " ".join(paper.texts) == f"31 {drink} + Oat milk of the barista edition, warm {foot}"


def test_a_word_longer_than_a_line_is_cut_and_loses_nothing(no_fonts):
    paper = printed("label", name="N" * 30)
    assert paper.texts[1:4] == ["N" * 12, "N" * 12, "N" * 6]


def test_a_mark_stays_with_its_letter_where_a_word_is_cut():
    assert lettering.wrapped("กก้ก", lambda part: len(part) <= 2) == ["ก", "ก้", "ก"]
