"""Codes are read as they were meant, however they were typed or pasted: one reader at every door."""

import pytest
from django.core.cache import cache

from config.models import Store
from orders import invitations
from serverlesspresso.accounts import contact_verification, devices, pins
from serverlesspresso.accounts.models import Role, digest
from serverlesspresso.core import typed_text

WAYS = [
    "123456",
    " 123 456 ",
    "123\u00a0456",
    "123\u200b456",
    "\u200e123-456\u2069",
    "１２３４５６",
    "١٢٣٤٥٦",
]
WAYS += ["१२३४५६", "123–456", "123.456\n", "Code: 123 456", "\ufeff123456"]


@pytest.mark.parametrize("text", WAYS)
def test_digits_are_read_in_any_script_with_whatever_came_along(text):
    assert typed_text.digits(text) == "123456"


@pytest.mark.parametrize("text", ["", "abc", "¹²³", "①②③", "☕", "Ⅳ"])
def test_what_has_no_digits_has_none(text):
    assert typed_text.digits(text) == ""


@pytest.mark.parametrize("text", ["bcdf-ghjk", "ＢＣＤＦ－ＧＨＪＫ", "BCDF\u00a0GHJK", "\u200bbcdf ghjk "])
def test_letters_are_read_in_any_width_and_case(text):
    assert typed_text.letters(text, devices.ALPHABET) == "BCDFGHJK"


@pytest.mark.parametrize(
    "text", ["a@b.org", " a@b.org\u200b", "\ufeffa@b.org\u00a0", "ａ＠ｂ.org", "a@b\u00ad.org"]
)
def test_a_contact_loses_what_cannot_be_seen(text):
    assert typed_text.narrow(text) == "a@b.org"


def written(digits: str) -> str:
    """In full width, with a blank that is none and a mark that cannot be seen."""
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in digits)
    return f"\u200b{wide[:3]}\u00a0{wide[3:]}"


def test_an_invitation_is_found_by_digits_of_any_script(store, bob):
    invite = invitations.make(store, by=bob)
    assert invitations.by_digits(store, written(invite.digits)) == invite


def test_a_pin_is_the_same_in_any_script(store, bob):
    pins.set_pin(store, bob.pk, "٤٧١١", by=bob)
    assert pins.verify_pin(store, bob.pk, "4711").user == bob
    assert pins.verify_pin(store, bob.pk, written("4711")).user == bob


def test_a_test_code_is_taken_in_any_script(store, dana):
    cache.set(contact_verification._key(store, Store.SignIn.EMAIL, dana), digest("123456"), 60)
    assert contact_verification.verify(store, Store.SignIn.EMAIL, written("123456"), by=dana)


def test_a_screen_is_paired_by_letters_of_any_width(store, bob):
    code = devices.begin(store, Role.DISPLAY)[0].code
    wide = "".join(chr(ord(letter) + 0xFEE0) for letter in code.lower())
    assert devices.confirm(f"\u00a0{wide}", by=bob, store=store, name="Lobby", role=Role.DISPLAY)
