"""Menus come back from spreadsheets of any country, and no file breaks their reading."""

import csv
import io
import json
import time

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from config.menu import files, planning
from config.serializers import describe
from config.tests.test_menu_files import wrong
from serverlesspresso.core import tables
from serverlesspresso.core.errors import Invalid

pytestmark = pytest.mark.django_db
_LEITE = {"pt-br": "Leite; ou não", "es": "Leche"}
HARD = planning.MenuPlan(
    (
        planning.PlannedChoice(
            "Milk; or not",
            _LEITE,
            1,
            1,
            (planning.PlannedOption("1/2", {}, True), planning.PlannedOption("Oat | “Soy”", {}, False)),
        ),
        planning.PlannedChoice("Size", {}, 0, 1, (planning.PlannedOption("2", {"es": "1,5"}, True),)),
    ),
    (
        planning.PlannedDrink("Caffè Latte", {"es": "Café"}, "latte", True, ("Milk; or not", "Size")),
        planning.PlannedDrink("=1+1", {"es": "@x"}, "cup", False, ("Milk; or not",)),
        planning.PlannedDrink("'=1+1", {}, "cup", None, ("Size",)),
        planning.PlannedDrink("Filter, black\\", {}, "cup", True, ()),
    ),
)
"""Names that spreadsheets and separators are hard on."""


@pytest.mark.parametrize("language", ["en", "pt-br", "es"])
@pytest.mark.parametrize("ends", ["\n", "\r", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_a_spreadsheet_of_any_country_gives_the_menu_back(language, ends, encoding):
    with translation.override(language):
        text = files.to_csv(HARD)
    assert text.startswith("\ufeff")
    assert text.partition("\r\n")[0].count("," if language == "en" else ";") == 8
    sheet = text.removeprefix("\ufeff").replace("\r\n", ends)
    if (encoding, ends) == ("cp1252", "\r"):
        encoding = "mac_roman"  # what "CSV (Macintosh)" is
    assert files.read(sheet.encode(encoding)) == HARD


@pytest.mark.parametrize("language", ["en", "pt-br"])
def test_what_a_spreadsheet_of_another_country_splits_in_its_own_way_comes_back(language):
    with translation.override(language):
        rows = [cells for _line, cells in tables.rows(files.to_csv(HARD).removeprefix("\ufeff"))]
    for between in ",;\t":
        out = io.StringIO()
        csv.writer(out, delimiter=between).writerows(rows)
        assert files.read(out.getvalue().encode()) == HARD
        assert files.read(f"sep={between}\r\n{out.getvalue()}".encode()) == HARD


@pytest.mark.parametrize("language", ["en", "pt-br"])
@pytest.mark.parametrize(("splits_at", "quoting"), [(";", csv.QUOTE_MINIMAL), ("\t", csv.QUOTE_ALL)])
def test_a_file_that_lands_in_the_first_column_of_a_spreadsheet_comes_back(language, splits_at, quoting):
    with translation.override(language):
        sheet = files.to_csv(HARD).removeprefix("\ufeff")
    out = io.StringIO()
    rows = csv.reader(io.StringIO(sheet), delimiter=splits_at)
    csv.writer(out, delimiter=splits_at, quoting=quoting).writerows(rows)
    assert files.read(out.getvalue().encode("utf-8-sig")) == HARD


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("yes", True), ("Sim", True), ("SÍ", True), ("VERDADEIRO", True), ("VERDADERO", True), ("TRUE", True),
        ("no", False), ("Não", False), ("nao", False), ("FALSO", False), ("false", False), ("", None),
    ],
)  # fmt: skip
def test_yes_and_no_are_read_in_every_language_of_the_bar(word, meant):
    plan = files.read(f"kind,name,available\ndrink,Tea,{word}".encode())
    assert plan.drinks[0].available is meant


@pytest.mark.parametrize("number", ["1", "1,0", "1.0", " 1 ", "\uff11", "\u0661"])
def test_a_number_is_read_as_spreadsheets_write_it(number):
    text = f"kind;name;choices;max\nchoice;Milk;;{number}\noption;Oat;Milk;"
    assert files.read(text.encode()).choices[0].max == 1


@pytest.mark.parametrize(
    "name",
    ["Flat\u00a0White", " Flat  White\u202e", "Flat\u2009White", "Flat\u3000White", "Flat\u200b White"],
)
def test_a_name_is_kept_as_people_see_it(store, name):
    planning.put_in_place(store, files.read(f"kind,name\ndrink,{name}".encode()))
    assert [drink.name for drink in store.drinks.all()] == ["Flat White"]


def test_a_drink_written_a_little_differently_is_the_same_drink(store):
    before = set(store.drinks.values_list("pk", flat=True))
    plan = files.read(b"kind,name\ndrink,ESPRESSO\ndrink,cappuccino")
    assert "Changed drink: ESPRESSO (name, icon)." in planning.changes(store, plan)
    planning.put_in_place(store, plan)
    assert set(store.drinks.values_list("pk", flat=True)) == before
    assert [drink.name for drink in store.drinks.all()] == ["ESPRESSO", "cappuccino"]


@pytest.mark.parametrize("part", [lambda told: told, lambda told: told["menu"]])
def test_what_the_api_tells_of_a_menu_is_refused_before_anything_gets_lost(store, part):
    assert "API" in wrong(json.dumps(part(describe(store))))["Line 1"]


@pytest.mark.parametrize("between", ["", "\n"])
def test_a_file_of_nothing_but_mistakes_is_answered_quickly_and_shortly(between):
    text = '{"drinks": [' + f",{between}".join(["{}"] * 66_000) + "]}"
    assert len(wrong(text)) == 1
    assert len(wrong("kind,name\n" + "x\n" * 66_000)) == 50
    many = ",\n".join(["{}"] * 150)
    with pytest.raises(Invalid, match="first 50") as refusal:
        files.read(f'{{"drinks": [{many}]}}'.encode())
    assert len(refusal.value.errors) == 50


def test_two_hundred_kilobytes_are_read_in_a_moment():
    option = '{"name": "%s"}'
    options = ["[" + ",\n".join(option % f"{n}-{m}" for m in range(50)) + "]" for n in range(190)]
    choices = ",".join(f'{{"name": "C{n}", "options": {each}}}' for n, each in enumerate(options))
    text = f'{{"drinks": [{{"name": "Tea"}}], "choices": [{choices}]}}'.encode()
    assert 150_000 < len(text) < files.BIGGEST
    began = time.process_time()
    files.read(text)
    assert time.process_time() - began < 3


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=300),
        st.text(max_size=300).map(lambda text: text.encode("utf-8", "surrogatepass")),
        st.text("kindame,;\t|\"'\r\n\0=1\ufeff\u202e\u00a0", max_size=200).map(str.encode),
        st.text('kindame,;\n"', max_size=80).map(lambda text: f"kind,name,choices,min\n{text}".encode()),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
            lambda inner: (
                st.lists(inner, max_size=4)
                | st.dictionaries(
                    st.sampled_from(("drinks", "choices", "name", "labels", "options", "min", "icon")),
                    inner,
                    max_size=5,
                )
            ),
        ).map(lambda value: json.dumps(value).encode()),
    )
)
def test_no_bytes_break_the_reading_of_a_menu(content):
    try:
        plan = files.read(content)
    except Invalid as refusal:
        said = "".join(refusal.errors.values())
        assert said.encode(), "a sentence that can be sent"
    else:
        assert files.read(files.to_csv(plan).encode()) == plan
        assert files.read(files.to_json(plan).encode()) == plan


def test_a_quotation_mark_that_is_not_closed_swallows_no_drinks():
    sheet = 'kind,name\ndrink,Americano\ndrink,"Flat White\ndrink,Cappuccino\ndrink,Espresso\n'
    assert wrong(sheet) == {
        "Line 3": "This line cannot be read. Is a quotation mark not closed, or a cell too long?"
    }
    assert [drink.name for drink in files.read(b'kind,name\ndrink,Latte 12"\n').drinks] == ['Latte 12"']


@pytest.mark.parametrize(
    "file",
    [
        '{"drinks": [{"name": "Latte"}],\n "drinks": []}',
        '{"drinks": [{"name": "Latte", "name": "Mocha"}]}',
        "kind,name,Name\ndrink,Latte,Mocha\n",
        "kind,name,label es,label es\ndrink,Latte,Café,Leche\n",
    ],
)
def test_a_field_that_stands_twice_is_refused_and_not_half_taken(file):
    with pytest.raises(Invalid) as refused:
        files.read(file.encode())
    assert "is listed twice" in str(refused.value.errors)
