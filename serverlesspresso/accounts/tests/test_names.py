import pytest

from serverlesspresso.accounts.validators import clean_name
from serverlesspresso.core.errors import Invalid


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Alice", "Alice"),
        ("  Alice \t\n Liddell ", "Alice Liddell"),
        ("José", "José"),
        ("Jose\u0301", "José"),
        ("عليّ", "عليّ"),
        ("ประยุทธ์", "ประยุทธ์"),
        ("👩‍👩‍👧‍👦", "👩‍👩‍👧‍👦"),
        ("Zoë ☕️", "Zoë ☕️"),
        (
            "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
            "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        ),
        ("a" * 30, "a" * 30),
    ],
)
def test_a_name_is_kept_as_it_is_written(typed, kept):
    assert clean_name(typed) == kept


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Al\x00ice", "Alice"),
        ("\u202eecilA", "ecilA"),
        ("\u2066Alice\u2069", "Alice"),
        ("\u200eAlice\u200f\ufeff", "Alice"),
        ("Al\u2028ice", "Al ice"),
        ("Alice\ud800", "Alice"),
        ("Z" + "\u0335" * 40, "Z" + "\u0335" * 3),
        ("<b>Alice</b>", "<b>Alice</b>"),
    ],
)
def test_what_harms_other_peoples_screens_is_taken_out(typed, kept):
    assert clean_name(typed) == kept


@pytest.mark.parametrize("typed", ["", "   ", "\x00", "\u200d\u200d", "\u3164", "\u0301"])
def test_a_name_that_shows_nothing_is_refused_by_name(typed):
    with pytest.raises(Invalid) as refused:
        clean_name(typed)
    assert refused.value.code == "name_missing"
    assert refused.value.errors == {"name": refused.value.text}


@pytest.mark.parametrize("typed", ["a" * 31, "a" * 10_000, "👩‍" * 31, ("a" + "\u0301\u0302\u0303") * 30])
def test_a_name_too_long_for_a_cup_is_refused_by_name(typed):
    with pytest.raises(Invalid) as refused:
        clean_name(typed)
    assert refused.value.code == "name_too_long"
