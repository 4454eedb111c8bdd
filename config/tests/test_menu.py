"""What can be ordered from a menu, and what is said when it cannot."""

import pytest
from django.utils import translation

from config import menu
from config.models import Drink, ModifierGroup, Option
from conftest import make_store
from serverlesspresso.errors import Invalid, Refusal

pytestmark = pytest.mark.django_db


def refused(store, drink, modifiers=()) -> Invalid:
    with pytest.raises(Invalid) as refusal:
        menu.choose(store, drink, modifiers)
    assert refusal.value.status == 422
    return refusal.value


@pytest.fixture
def syrups(store) -> ModifierGroup:
    """Up to two syrups with the Espresso."""
    group = ModifierGroup.objects.create(store=store, name="Syrup", min=0, max=2)
    for position, name in enumerate(("Vanilla", "Caramel", "Hazelnut")):
        Option.objects.create(group=group, name=name, position=position)
    Drink.objects.get(store=store, name="Espresso").groups.add(group)
    return group


def test_a_drink_without_choices_is_ordered_by_name(store):
    assert menu.choose(store, "Espresso", []) == menu.Choice("Espresso", ())


def test_modifiers_come_in_the_order_of_the_menu(store, syrups):
    assert menu.choose(store, "Espresso", ["Caramel", "Vanilla"]).modifiers == ("Vanilla", "Caramel")


def test_a_drink_the_menu_does_not_have_is_refused_by_field(store):
    assert refused(store, "Tea").errors == {
        "drink": "There is no such drink on the menu. Choose one from the menu."
    }


def test_another_stores_drink_is_refused(store):
    Drink.objects.create(store=make_store("XYZ"), name="Mocha")
    assert refused(store, "Mocha").errors.keys() == {"drink"}


@pytest.mark.parametrize("name", ["", "espresso", "Espresso ", "Esp\0resso", "☕", "E" * 10_000])
def test_names_must_be_exactly_those_of_the_menu(store, name):
    assert refused(store, name).errors.keys() == {"drink"}


def test_too_few_options_are_refused_with_the_choices_name(store):
    assert refused(store, "Cappuccino").errors == {"modifiers": "Please choose: Milk."}


def test_too_many_options_are_refused_with_how_many_may_be_chosen(store, syrups):
    assert refused(store, "Cappuccino", ["Oat", "Regular"]).errors == {"modifiers": "Choose at most 1: Milk."}
    three = ["Vanilla", "Caramel", "Hazelnut"]
    assert refused(store, "Espresso", three).errors == {"modifiers": "Choose at most 2: Syrup."}


def test_an_option_twice_is_refused(store):
    errors = refused(store, "Cappuccino", ["Oat", "Oat"]).errors
    assert errors == {"modifiers": "An option was chosen twice. Choose each option once."}


def test_an_option_the_drink_does_not_come_with_is_refused(store):
    assert refused(store, "Espresso", ["Oat"]).errors == {"modifiers": "Espresso does not come with Oat."}


def test_a_sold_out_drink_is_refused_as_sold_out(store):
    Drink.objects.filter(name="Espresso").update(available=False)
    with pytest.raises(Refusal) as refusal:
        menu.choose(store, "Espresso", [])
    assert (refusal.value.code, refusal.value.status) == ("sold_out", 409)
    assert refusal.value.text == "Espresso is sold out. Please choose something else."


def test_a_sold_out_option_is_refused_under_the_readers_name_for_it(store):
    Option.objects.filter(name="Oat").update(available=False)
    with translation.override("pt-br"), pytest.raises(Refusal) as refusal:
        menu.choose(store, "Cappuccino", ["Oat"])
    assert refusal.value.code == "sold_out"
    assert "Aveia" in refusal.value.text
    assert menu.choose(store, "Cappuccino", ["Regular"]).modifiers == ("Regular",)


def test_an_order_is_sold_out_when_its_drink_an_option_or_either_is_gone(store):
    assert not menu.is_sold_out(store, "Cappuccino", ["Oat"])
    Option.objects.filter(name="Oat").update(available=False)
    assert menu.is_sold_out(store, "Cappuccino", ["Oat"])
    assert not menu.is_sold_out(store, "Cappuccino", ["Regular"])
    Drink.objects.filter(name="Cappuccino").update(available=False)
    assert menu.is_sold_out(store, "Cappuccino", ["Regular"])
    assert menu.is_sold_out(store, "Mocha", [])


def test_the_menu_takes_three_queries_however_long_it_is(store, syrups, django_assert_num_queries):
    for number in range(10):
        Drink.objects.create(store=store, name=f"Special {number}").groups.add(syrups)
    with django_assert_num_queries(3):
        assert len([option for drink in menu.drinks(store) for group in drink.groups.all()
                    for option in group.options.all()]) == 3 * 11 + 2  # fmt: skip
