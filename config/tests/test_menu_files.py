"""Menus go out into files and come back from them: all of it, or nothing and the line that is wrong."""

import pytest

from config.menu import files, planning, templates
from config.models import Drink, ModifierGroup, Option
from conftest import make_store
from serverlesspresso.core.errors import Invalid
from serverlesspresso.events.models import Event

pytestmark = pytest.mark.django_db


def wrong(text: str | bytes) -> dict[str, str]:
    with pytest.raises(Invalid) as refusal:
        files.read(text if isinstance(text, bytes) else text.encode())
    assert (refusal.value.code, refusal.value.status) == ("menu_unreadable", 422)
    assert "Nothing was changed" in refusal.value.text
    return refusal.value.errors


def menu_of(store) -> planning.MenuPlan:
    return planning.plan_of(store)


@pytest.mark.parametrize("write", [files.to_json, files.to_csv])
@pytest.mark.parametrize("template", list(templates.TEMPLATES))
def test_what_goes_out_comes_back_the_same(db, template, write):
    store, other = make_store("ONE"), make_store("TWO")
    planning.put_in_place(store, templates.TEMPLATES[template].plan)
    for each in (*store.drinks.all(), *Option.objects.filter(group__store=store)):
        each.labels.pop("es", None)  # a file has the languages of the bar
        each.save()
    for group in store.groups.all():
        group.labels.pop("es", None)
        group.save()
    Drink.objects.filter(store=store, position=1).update(available=False)
    plan = files.read(write(menu_of(store)).encode())
    assert plan == menu_of(store)
    planning.put_in_place(other, plan)
    assert menu_of(other) == menu_of(store)


def test_reading_changes_nothing_and_says_what_would(store):
    before = menu_of(store)
    plan = files.read(
        b'{"choices": [{"name": "Milk", "min": 1, "options": [{"name": "Regular"}, {"name": "Soy"}]}],'
        b' "drinks": [{"name": "Mocha"}, {"name": "Espresso", "icon": "cup"}]}'
    )
    assert planning.changes(store, plan) == [
        "Changed choice: Milk (name in other languages, options).",
        "New drink: Mocha.",
        "Changed drink: Espresso (icon).",
        "Removed drink: Cappuccino.",
    ]
    assert menu_of(store) == before


def test_the_same_menu_changes_nothing_and_tells_nobody(store):
    plan = files.read(files.to_json(menu_of(store)).encode())
    assert planning.changes(store, plan) == []
    Drink.objects.filter(name="Cappuccino").update(position=7)
    Drink.objects.filter(name="Espresso").update(position=5)
    assert planning.changes(store, plan) == []
    planning.put_in_place(store, plan)
    before = Event.objects.count()
    planning.put_in_place(store, plan)
    assert Event.objects.count() == before


def test_another_order_of_the_drinks_is_a_change(store):
    plan = files.read(files.to_json(menu_of(store)).encode())
    turned = planning.MenuPlan(plan.choices, plan.drinks[::-1])
    assert planning.changes(store, turned) == ["The order on the menu changes."]
    planning.put_in_place(store, turned)
    assert [drink.name for drink in store.drinks.all()] == ["Cappuccino", "Espresso"]


def test_what_is_sold_out_stays_so_when_the_file_does_not_say(store):
    Drink.objects.filter(name="Espresso").update(available=False)
    planning.put_in_place(store, files.read(b'{"drinks": [{"name": "Espresso"}, {"name": "New"}]}'))
    assert dict(store.drinks.values_list("name", "available")) == {"Espresso": False, "New": True}
    assert not ModifierGroup.objects.exists()


def test_a_spreadsheet_with_semicolons_is_read(store):
    lines = ["kind;name;choices;min;max", "choice;Syrup;;0;2", "option;Vanilla;Syrup", "drink;Mocha;Syrup"]
    plan = files.read("\r\n".join(lines).encode("utf-8-sig"))
    assert (plan.choices[0].max, plan.choices[0].options[0].name) == (2, "Vanilla")
    assert plan.drinks[0].choices == ("Syrup",)


def test_no_cell_is_a_formula_to_a_spreadsheet_and_names_come_back_whole(store):
    Drink.objects.create(store=store, name="=1+1", position=9)
    text = files.to_csv(menu_of(store))
    assert "'=1+1" in text
    assert files.read(text.encode()).drinks[-1].name == "=1+1"


@pytest.mark.parametrize(
    ("lines", "line", "about"),
    [
        (["kind,name", "drink,"], "Line 2", "name is missing"),
        (["kind,name", "drink,Tea", "drink,Tea"], "Line 3", "listed twice"),
        (["kind,name,icon", "drink,Tea,teapot"], "Line 2", "no icon of that name"),
        (["kind,name,choices", "drink,Tea,Milk"], "Line 2", "no choice Milk"),
        (["kind,name,choices", "option,Oat,Milk"], "Line 2", "no choice Milk"),
        (["kind,name", "cup,Tea"], "Line 2", "kind of a line"),
        (["kind,name", "", "choice,Milk", "choice,Milk"], "Line 4", "listed twice"),
        (["kind,name,available", "drink,Tea,perhaps"], "Line 2", "yes or no"),
        (["kind,name,min,max", "choice,Milk,2,1"], "Line 2", "cannot be less"),
        (["kind,name,min", "choice,Milk,1"], "Line 2", "fewer options"),
        (["kind,name,min", "choice,Milk,one"], "Line 2", "whole number"),
        (["kind,name,label xx", "drink,Tea,Te"], "Line 2", "language xx is not"),
        (["kind,name", f"drink,{'T' * 61}"], "Line 2", "60 characters"),
        (["drink,Tea"], "Line 1", "name the columns"),
        (["kind,name", "drink,Latte", "drink,  LATTE"], "Line 3", "listed twice"),
        (["kind,name", "drink,Caf\u00e9", "drink,Cafe\u0301"], "Line 3", "listed twice"),
        (["kind,name", "drink,Flat White", "drink,Flat\u00a0white\u202e"], "Line 3", "listed twice"),
        (["kind,name", 'drink,"A\nB"', "drink,"], "Line 4", "name is missing"),
        (
            ["kind,name,choices", "choice,A", "option,Oat,A", "choice,B", "option,Oat,B", "drink,Tea,A;B"],
            "Line 6",
            "Two choices",
        ),
    ],
)
def test_a_wrong_line_of_a_sheet_is_named(lines, line, about):
    errors = wrong("\n".join(lines))
    assert about in errors[line]


@pytest.mark.parametrize(
    ("text", "line", "about"),
    [
        ('{"drinks": [\n{"name": "Tea"},\n{"name": 5}]}', "Line 3", "name is missing"),
        ('{"drinks": [\n{"name": "Tea"}\n{"name": "x"}]}', "Line 3", "not valid JSON"),
        ('{"drinks": [\n{"name": "Tea", "labels": ["x"]}]}', "Line 2", "by language"),
        ('{"drinks": [{"name": "Tea", "choices": "Milk"}]}', "Line 1", "list of names"),
        ('{"drinks": [{"name": "Tea", "icon": ["cup"]}]}', "Line 1", "no icon of that name"),
        ('{"drinks": [], "choices": [\n\n{"name": "Milk", "options": [1]}]}', "Line 3", "list of options"),
        ('{"drinks": {}}', "Line 1", 'a list of "choices"'),
        ("[1]", "Line 1", 'a list of "choices"'),
        ('{"drinks": [{"name": "Tea", "available": 3}]}', "Line 1", "yes or no"),
        ('{"drinks": ' + "[" * 100_000, "Line 1", ""),
        ('{"drinks": ' + "9" * 10_000 + "}", "Line 1", ""),
        ("", "Line 1", "empty"),
        (b"kind,name\ndrink,\xff", "Line 2", "UTF-8"),
        (b"kind,name\ndrink,Caf\xc3\xa9\ndrink,Caf\xc3", "Line 3", "UTF-8"),
        (b"kind,name\r\rdrink,\xff\xc3", "Line 3", "UTF-8"),
        ("kind,name\ndrink,T\x00", "Line 2", "not text"),
        ("kind,name\ndrink,Tea".encode("utf-16")[:-1], "Line 2", "UTF-8"),
        (b"PK\x03\x04 a workbook", "Line 1", "CSV UTF-8"),
        ("x" * 140_000, "Line 1", "too long"),
        ("kind,name\ndrink," + "x" * 140_000, "Line 2", "too long"),
        ("kind,name\ndrink,Tea,more", "Line 2", "more cells"),
        ("sep=;", "Line 1", "name the columns"),
        ('{"drinks": [\n{"name": "Flat \\ud83d"}]}', "Line 2", "cannot be stored"),
        ('{"drinks": [\n{"name": "Tea", "labels": {"es": "\\u0000"}}]}', "Line 2", "cannot be stored"),
        ('{"drinks": [\n{"name": "Tea", "choices": ["\\ud83d"]}]}', "Line 2", "no choice"),
        ('{"drinks": [\n{"name": "Tea", "price": 3}]}', "Line 2", "no field price"),
        ('{"drinks": [{"name": "Tea"},\r{"name": 5}]}', "Line 2", "name is missing"),
        ('{"menu": {"L": []}}', "Line 1", "not a menu"),
        ('{"Drinks": []}', "Line 1", "not a menu"),
        ('{"items": [{"name": "Latte"}]}', "Line 1", "not a menu"),
        ('{"drinks": [], "name": "Bar"}', "Line 1", "not a menu"),
        ('{"choices": []}', "Line 1", "not a menu"),
        ("{}", "Line 1", "not a menu"),
        (b" " * 300_000, "Line 1", "200 KiB"),
    ],
)
def test_a_wrong_line_of_json_is_named(text, line, about):
    assert about in wrong(text)[line]


def test_every_wrong_line_is_named_at_once():
    assert list(wrong("kind,name\ndrink,\nchoice,\ndrink,Tea\ndrink,Tea")) == ["Line 2", "Line 3", "Line 5"]


def test_a_menu_larger_than_a_screen_is_refused():
    text = "\n".join(["kind,name", *(f"drink,Tea {number}" for number in range(201))])
    assert "200 at most" in wrong(text)["Line 1"]


@pytest.mark.parametrize("template", list(templates.TEMPLATES))
def test_a_template_is_a_menu_by_the_same_rules(db, template):
    store = make_store("NEW")
    assert templates.fill(store, template) is False
    planning.put_in_place(store, planning.MenuPlan((), ()))
    assert templates.fill(store, template) is True
    assert store.drinks.count() >= 3
