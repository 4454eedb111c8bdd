"""What can be ordered from a menu, and what is said when it cannot."""

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation

from config.menu import catalog
from config.models import Drink, ModifierGroup, Option, Store
from conftest import make_store
from serverlesspresso.core.errors import Invalid, Refusal

pytestmark = pytest.mark.django_db


def refused(store, drink, modifiers=()) -> Invalid:
    with pytest.raises(Invalid) as refusal:
        catalog.choose(store, drink, modifiers)
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
    assert catalog.choose(store, "Espresso", []) == catalog.Choice("Espresso", ())


def test_modifiers_come_in_the_order_of_the_menu(store, syrups):
    assert catalog.choose(store, "Espresso", ["Caramel", "Vanilla"]).modifiers == ("Vanilla", "Caramel")


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
        catalog.choose(store, "Espresso", [])
    assert (refusal.value.code, refusal.value.status) == ("sold_out", 409)
    assert refusal.value.text == "Espresso is sold out. Please choose something else."


def test_a_sold_out_option_is_refused_under_the_readers_name_for_it(store):
    Option.objects.filter(name="Oat").update(available=False)
    with translation.override("pt-br"), pytest.raises(Refusal) as refusal:
        catalog.choose(store, "Cappuccino", ["Oat"])
    assert refusal.value.code == "sold_out"
    assert "Aveia" in refusal.value.text
    assert catalog.choose(store, "Cappuccino", ["Regular"]).modifiers == ("Regular",)


def test_an_order_is_sold_out_when_its_drink_an_option_or_either_is_gone(store):
    assert not catalog.is_sold_out(store, "Cappuccino", ["Oat"])
    Option.objects.filter(name="Oat").update(available=False)
    assert catalog.is_sold_out(store, "Cappuccino", ["Oat"])
    assert not catalog.is_sold_out(store, "Cappuccino", ["Regular"])
    Drink.objects.filter(name="Cappuccino").update(available=False)
    assert catalog.is_sold_out(store, "Cappuccino", ["Regular"])
    assert catalog.is_sold_out(store, "Mocha", [])


def test_the_menu_takes_four_queries_however_long_it_is(store, syrups, django_assert_num_queries):
    for number in range(10):
        Drink.objects.create(store=store, name=f"Special {number}").groups.add(syrups)
    with django_assert_num_queries(4):
        assert len([option for drink in catalog.drinks(store) for group in drink.groups.all()
                    for option in group.options.all()]) == 3 * 11 + 2  # fmt: skip


def test_a_menu_that_did_not_change_takes_one_query(store, django_assert_num_queries):
    catalog.drinks(store)
    with django_assert_num_queries(1):
        assert [option.name for option in catalog.drinks(store)[1].groups.all()[0].options.all()] == [
            "Regular",
            "Oat",
        ]


CHANGES = {
    "saved": lambda store: Drink.objects.create(store=store, name="Mocha"),
    "updated": lambda store: Drink.objects.filter(name="Espresso").update(name="Ristretto"),
    "option updated": lambda store: Option.objects.filter(name="Oat").update(name="Soy"),
    "made in bulk": lambda store: Drink.objects.bulk_create([Drink(store=store, name="Mocha")]),
    "deleted": lambda store: Drink.objects.get(name="Espresso").delete(),
    "deleted in bulk": lambda store: Drink.objects.filter(name="Espresso").delete(),
    "choice given": lambda store: Drink.objects.get(name="Espresso").groups.add(store.groups.get()),
    "choice taken": lambda store: store.groups.get().drinks.clear(),
    "choice renamed": lambda store: ModifierGroup.objects.filter(store=store).update(name="Milch"),
}


def _read(store):
    return [
        (
            drink.name,
            [(group.name, [option.name for option in group.options.all()]) for group in drink.groups.all()],
        )
        for drink in catalog.drinks(store)
    ]


@pytest.mark.parametrize("change", CHANGES)
def test_however_the_menu_is_changed_the_next_who_asks_sees_it(store, change):
    before = _read(store)
    CHANGES[change](store)
    after = _read(store)
    assert after != before
    catalog._kept.clear()
    assert _read(store) == after


def test_what_was_taken_back_was_never_on_the_menu(store):
    before = _read(store)
    with transaction.atomic():
        Drink.objects.create(store=store, name="Mocha")
        assert _read(store) != before
        transaction.set_rollback(True)
    assert _read(store) == before


def test_an_old_copy_of_a_store_does_not_bring_an_old_menu_back(store):
    old = Store.objects.get(pk=store.pk)
    before = _read(store)
    Drink.objects.create(store=store, name="Mocha")
    old.save()
    assert _read(store) != before


ALIKE = ["espresso", "ESPRESSO", "Espresso\u00a0", "\u202eEspresso", "Ｅｓｐｒｅｓｓｏ"]


@pytest.mark.parametrize("name", ALIKE)
def test_no_way_in_makes_two_drinks_that_look_the_same(store, name):
    ways = [
        lambda: Drink.objects.create(store=store, name=name),
        lambda: Drink.objects.bulk_create([Drink(store=store, name=name)]),
        lambda: Drink.objects.filter(store=store, name="Cappuccino").update(name=name),
        lambda: _renamed(Drink.objects.get(store=store, name="Cappuccino"), name),
    ]
    for way in ways:
        with pytest.raises(IntegrityError), transaction.atomic():
            way()
    assert Drink.objects.create(store=make_store("XYZ"), name="Mocha " + name)


def test_no_two_choices_and_no_two_options_of_one_look_the_same(store, syrups):
    with pytest.raises(IntegrityError), transaction.atomic():
        ModifierGroup.objects.create(store=store, name="syrup ")
    with pytest.raises(IntegrityError), transaction.atomic():
        Option.objects.create(group=syrups, name="VANILLA")
    other = ModifierGroup.objects.create(store=store, name="Sauce")
    assert Option.objects.create(group=other, name="VANILLA")


def test_no_way_in_makes_two_stores_that_differ_in_case_alone(store):
    for make in (Store.objects.create, lambda **names: Store.objects.bulk_create([Store(**names)])):
        with pytest.raises(IntegrityError), transaction.atomic():
            make(slug=store.slug.lower(), name="Another")


def test_a_drink_keeps_its_place_when_its_name_changes_in_case_alone(store):
    _renamed(Drink.objects.get(store=store, name="Cappuccino"), "CAPPUCCINO")
    assert store.drinks.filter(name="CAPPUCCINO").exists()


def _renamed(drink: Drink, name: str) -> None:
    drink.name = name
    drink.save(update_fields=["name"])
