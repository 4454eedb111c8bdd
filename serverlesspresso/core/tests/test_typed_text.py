"""What people type is read as they mean it, by whatever door it comes in."""

import unicodedata

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from hypothesis import given, settings
from hypothesis import strategies as st

from config.menu.catalog import is_sold_out
from config.models import Drink, Store
from serverlesspresso.accounts import pins, staff_invitations
from serverlesspresso.accounts.models import User
from serverlesspresso.accounts.sign_in.adapter import phone_number
from serverlesspresso.accounts.sign_in.forms import PasswordForm
from serverlesspresso.core import typed_text
from serverlesspresso.core.typed_text import EmailFormField, find, key, narrow, plain, truth, whole


@pytest.mark.parametrize(
    "text",
    [
        "Flat White", "Flat\u00a0White", " Flat\u2009White ", "Flat\u3000\u3000White", "Flat\tWhite\n",
        "\u202eFlat White\u202c", "Flat\u200b White", "\ufeffFlat White", "Flat\u2028White", "Fl\x07at White",
        "Flat White\u200d", "Flat White\ud83d", "Flat White\uffff",
    ],
)  # fmt: skip
def test_a_name_is_what_people_see(text):
    assert plain(text) == "Flat White"


@pytest.mark.parametrize("text", ["Caf\u00e9 ☕️", "👩\u200d🍳", "می\u200cخواهم", "李 さくら", "Zoë (große)"])
def test_every_script_and_emoji_stay(text):
    assert plain(text) == text


@settings(deadline=None)
@given(st.text())
def test_a_plain_name_is_plain_already_and_can_be_stored(text):
    once = plain(text)
    assert plain(once) == once == unicodedata.normalize("NFC", once)
    assert key(once) == key(text)
    assert "\0" not in once
    once.encode()


@pytest.mark.parametrize(
    ("one", "other"), [("Latte", "latte"), ("Café", "CAFE\u0301"), ("Ｔｅａ", "tea"), ("Tea\u200c", "tea")]
)
def test_names_that_look_the_same_are_the_same(one, other):
    assert key(one) == key(other)


def test_a_thing_is_found_by_its_very_name_first():
    upper, lower = Drink(name="TEA"), Drink(name="tea")
    assert find("tea", [upper, lower]) is lower
    assert find(" Tea", [upper, lower]) is upper
    assert find("Mate", [upper, lower]) is None


def test_digits_of_every_script_are_digits():
    assert narrow("１２\u0663\u200b ４") == "123 4"
    assert [whole(text) for text in ("1,0", "2.", "٣", "1.5", "1,000,0", "-1", "x", "")] == [
        1,
        2,
        3,
        *[None] * 5,
    ]


def test_what_is_neither_yes_nor_no_is_neither():
    assert [truth(text) for text in ("SIM", "não", "Sí", "perhaps", "")] == [True, False, True, None, None]


@pytest.mark.parametrize(
    "text",
    [
        "+49 151 23456789",
        "０0４９ 151 23456789",
        "\u202a+49\u00a0151\u00a023456789\u202c",
        "＋４９１５１２３４５６７８９",
    ],
)
def test_a_phone_number_is_read_as_people_paste_it(text):
    assert phone_number(text) == "+4915123456789"


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["Flat\u00a0White", "Flat White\u202e"])
def test_whoever_saves_a_name_saves_it_plain(store, name):
    store.drinks.create(name=name)
    Drink.objects.bulk_create([Drink(store=store, name=f"Big {name}")])
    assert set(store.drinks.values_list("name", flat=True)) > {"Flat White", "Big Flat White"}
    store.name = name
    store.save()
    assert Store.objects.get(pk=store.pk).name == "Flat White"
    assert User.objects.create_user(name=name).name == "Flat White"


@pytest.mark.django_db
def test_a_command_reads_what_is_typed_as_it_is_meant(store, capsys):
    call_command("store", "ABC", "--sign-in", " Guest, EMAIL", "--capacity", " ２０ ")
    store.refresh_from_db()
    assert (store.sign_in, store.capacity) == (["guest", "email"], 20)


@pytest.mark.django_db
@pytest.mark.parametrize("name", [" Till\u00a01", "Till  1\u200b"])
def test_a_program_is_known_by_its_name_however_that_is_typed(capsys, name):
    call_command("token", name, "--create")
    call_command("token", "Till 1")
    assert User.objects.get().name == "Till 1"


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["espresso", "ESPRESSO\u200b", " Espresso\u00a0"])
def test_a_second_drink_that_looks_the_same_is_refused(store, name):
    with pytest.raises(ValidationError):
        Drink(store=store, name=name).full_clean()
    store.drinks.get(name="Espresso").full_clean()


@pytest.mark.django_db
def test_addresses_and_pins_are_read_as_people_paste_them(store, dana, bob):
    hired = staff_invitations.invite(
        store, by=dana, name=" Ana\u00a0B ", role="barista", contact="\u200bAna＠Example.org\u00a0"
    )
    assert (hired.user.name, hired.user.email) == ("Ana B", "ana@example.org")
    assert isinstance(PasswordForm().fields["login"], EmailFormField)
    pins.set_pin(store, bob.pk, "4711", by=bob)
    assert pins.verify_pin(store, bob.pk, "４７１１\u200b").user == bob


def test_a_field_for_a_line_still_refuses_nul():
    with pytest.raises(ValidationError):
        typed_text.LineFormField().clean("a\0b")


@pytest.mark.django_db
def test_a_name_that_prints_nothing_is_none(store):
    with pytest.raises(ValidationError):
        Drink(store=store, name="\u200b\u3164").full_clean()
    with pytest.raises(ValidationError):
        typed_text.LineFormField().clean("\u200b\u2800")


@pytest.mark.django_db
def test_an_order_by_a_name_written_before_is_still_on_the_menu(store):
    assert not is_sold_out(store, "Espresso\u00a0", [])
