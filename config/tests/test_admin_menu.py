"""The menu in the admin, as somebody uses it who is no programmer."""

import pytest

from config.models import Drink, ModifierGroup, Option
from config.tests.admin_pages import address, changed, drink_form, errors_of, group_form

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("other")]


def test_a_drink_is_added_with_its_choices_and_names(manager, store):
    milk = store.groups.get()
    before = changed(store)
    form = drink_form(store=store.pk, groups=[milk.pk]) | {"labels_pt-br": "Moca"}
    assert manager.post(address("drink", "add"), form).status_code == 302
    mocha = Drink.objects.get(name="Mocha")
    assert (mocha.labels, list(mocha.groups.all())) == ({"pt-br": "Moca"}, [milk])
    assert changed(store) == before + 1


def test_a_manager_of_one_store_need_not_choose_it(manager, store):
    form = manager.get(address("drink", "add")).context["adminform"].form
    assert form["store"].value() == store.pk


def test_changing_only_the_choices_is_told(manager, store):
    espresso = Drink.objects.get(store=store, name="Espresso")
    before = changed(store)
    form = drink_form(name="Espresso", icon="espresso", position=1, groups=[store.groups.get().pk])
    manager.post(address("drink", "change", espresso.pk), form)
    assert espresso.groups.count() == 1
    assert changed(store) == before + 1


def test_emptied_names_in_other_languages_are_forgotten(manager, store):
    milk = store.groups.get()
    options = [{"id": option.pk, "group": milk.pk, "name": option.name} for option in milk.options.all()]
    form = group_form(*options, name="Milk", min=1, **{"labels_pt-br": ""})
    assert manager.post(address("modifiergroup", "change", milk.pk), form).status_code == 302
    milk.refresh_from_db()
    assert (milk.labels, milk.label) == ({}, "Milk")


def test_saving_an_old_page_does_not_bring_back_what_was_sold_out_since(manager, store):
    espresso = Drink.objects.get(store=store, name="Espresso")
    Drink.objects.filter(pk=espresso.pk).update(available=False)
    manager.post(address("drink", "change", espresso.pk), drink_form(name="Ristretto"))
    espresso.refresh_from_db()
    assert (espresso.name, espresso.available) == ("Ristretto", False)


def test_a_drink_is_sold_out_on_its_own_page(manager, store):
    espresso = Drink.objects.get(store=store, name="Espresso")
    form = drink_form(name="Espresso", icon="espresso", position=1)
    del form["available"]
    manager.post(address("drink", "change", espresso.pk), form)
    assert not Drink.objects.get(pk=espresso.pk).available


def test_two_drinks_of_one_store_cannot_have_one_name(manager, store):
    response = manager.post(address("drink", "add"), drink_form(store=store.pk, name="Espresso"))
    assert "This store already has a drink of that name." in errors_of(response)
    cappuccino = Drink.objects.get(store=store, name="Cappuccino")
    response = manager.post(address("drink", "change", cappuccino.pk), drink_form(name="Espresso"))
    assert "This store already has a drink of that name." in errors_of(response)


def test_another_store_may_use_the_same_name(superuser, store, other):
    Drink.objects.create(store=other, name="Mocha")
    assert superuser.post(address("drink", "add"), drink_form(store=store.pk)).status_code == 302


def test_choices_of_another_store_are_refused(superuser, store, other):
    form = drink_form(store=store.pk, groups=[other.groups.get().pk])
    assert "Tick only choices of the same store." in errors_of(superuser.post(address("drink", "add"), form))


def test_a_drinks_page_shows_the_choices_of_its_own_store_only(superuser, store):
    espresso = Drink.objects.get(store=store, name="Espresso")
    form = superuser.get(address("drink", "change", espresso.pk)).context["adminform"].form
    assert list(form.fields["groups"].queryset) == [store.groups.get()]


def test_two_choices_of_a_drink_cannot_share_an_options_name(manager, store):
    soy = ModifierGroup.objects.create(store=store, name="Second milk")
    Option.objects.create(group=soy, name="Oat")
    form = drink_form(store=store.pk, groups=[store.groups.get(name="Milk").pk, soy.pk])
    said = errors_of(manager.post(address("drink", "add"), form))
    assert said == "Two choices of the same drink both have the option Oat. Rename one of them."
    assert not Drink.objects.filter(name="Mocha").exists()


def test_a_drink_is_deleted_and_told(manager, store):
    espresso = Drink.objects.get(store=store, name="Espresso")
    before = changed(store)
    manager.post(address("drink", "delete", espresso.pk), {"post": "yes"})
    assert not Drink.objects.filter(pk=espresso.pk).exists()
    assert changed(store) == before + 1


def test_several_drinks_are_deleted_and_each_is_told(manager, store):
    before = changed(store)
    ticked = list(store.drinks.values_list("pk", flat=True))
    posted = {"action": "delete_selected", "_selected_action": ticked, "post": "yes"}
    manager.post(address("drink"), posted)
    assert not store.drinks.exists()
    assert changed(store) == before + 2


def test_drinks_are_sold_out_and_back_by_an_act(manager, store):
    espresso = Drink.objects.get(store=store, name="Espresso")
    for act, available in (("sold_out", False), ("available_again", True)):
        manager.post(address("drink"), {"action": act, "_selected_action": espresso.pk})
        assert Drink.objects.get(pk=espresso.pk).available is available


def test_the_list_of_drinks_takes_as_many_queries_for_two_as_for_twelve(
    manager, store, django_assert_max_num_queries
):
    def count() -> int:
        with django_assert_max_num_queries(40) as queries:
            manager.get(address("drink"))
        return len(queries)

    few = count()
    for number in range(10):
        Drink.objects.create(store=store, name=f"Special {number}").groups.add(store.groups.get())
    assert count() == few


def test_a_choice_is_added_with_its_options(manager, store):
    form = group_form({"name": "Vanilla"}, {"name": "Caramel", "labels_pt-br": "Caramelo"}, store=store.pk)
    assert manager.post(address("modifiergroup", "add"), form).status_code == 302
    options = Option.objects.filter(group__name="Syrup").values_list("name", "labels")
    assert list(options) == [("Vanilla", {}), ("Caramel", {"pt-br": "Caramelo"})]


@pytest.mark.parametrize(
    ("options", "fields", "said"),
    [
        (
            [{"name": "A"}],
            {"min": 2, "max": 1},
            "The maximum number of options cannot be less than the minimum.",
        ),
        ([{"name": "A"}], {"min": 2, "max": 2}, "At least 2 must be chosen, so add at least 2 options."),
        ([], {"min": 1}, "At least 1 must be chosen, so add at least 1 option."),
        ([{"name": "A"}, {"name": "A"}], {}, "duplicate"),
        ([{"name": ""}, {"name": "B"}], {"max": 0}, "greater than or equal to 1"),
    ],
)
def test_a_choice_nobody_could_make_is_refused(manager, store, options, fields, said):
    response = manager.post(address("modifiergroup", "add"), group_form(*options, store=store.pk, **fields))
    assert said in errors_of(response)
    assert not ModifierGroup.objects.filter(name="Syrup").exists()


def test_the_last_needed_option_cannot_be_deleted(manager, store):
    milk = store.groups.get()
    rest = [
        {"id": option.pk, "group": milk.pk, "name": option.name, "DELETE": "on"}
        for option in milk.options.all()
    ]
    response = manager.post(
        address("modifiergroup", "change", milk.pk), group_form(*rest, name="Milk", min=1)
    )
    assert "At least 1 must be chosen" in errors_of(response)
    assert milk.options.count() == 2


def test_a_new_option_cannot_have_a_name_that_another_choice_of_the_same_drink_has(manager, store):
    syrup = ModifierGroup.objects.create(store=store, name="Syrup")
    Drink.objects.get(store=store, name="Cappuccino").groups.add(syrup)
    response = manager.post(address("modifiergroup", "change", syrup.pk), group_form({"name": "Oat"}))
    assert "both have the option Oat" in errors_of(response)
    assert not syrup.options.exists()


def test_an_option_is_deleted_and_told(manager, store):
    milk = store.groups.get()
    regular, oat = milk.options.all()
    rows = [
        {"id": regular.pk, "group": milk.pk, "name": "Regular"},
        {"id": oat.pk, "group": milk.pk, "name": "Oat", "DELETE": "on"},
    ]
    before = changed(store)
    manager.post(address("modifiergroup", "change", milk.pk), group_form(*rows, name="Milk", min=1))
    assert list(milk.options.all()) == [regular]
    assert changed(store) > before


def test_an_option_of_another_store_cannot_be_smuggled_in(manager, store, other):
    milk, theirs = store.groups.get(), Option.objects.filter(group__store=other).first()
    form = group_form({"id": theirs.pk, "group": milk.pk, "name": "Mine now"}, name="Milk", min=0)
    manager.post(address("modifiergroup", "change", milk.pk), form)
    theirs.refresh_from_db()
    assert (theirs.group.store, theirs.name) == (other, "Regular")


def test_a_choice_can_be_deleted_and_drinks_lose_it(manager, store):
    milk = store.groups.get()
    manager.post(address("modifiergroup", "delete", milk.pk), {"post": "yes"})
    assert not ModifierGroup.objects.filter(store=store).exists()
    assert Drink.objects.get(store=store, name="Cappuccino").groups.count() == 0


def test_two_options_that_look_the_same_are_one_too_many(manager, store):
    form = group_form({"name": "Oat"}, {"name": "oat\u200b"}, store=store.pk, name="More milk")
    assert "listed twice" in errors_of(manager.post(address("modifiergroup", "add"), form))


def test_a_drink_whose_name_looks_like_anothers_is_refused(manager, store):
    form = drink_form(store=store.pk, name="ESPRESSO\u00a0")
    assert "Espresso already exists" in errors_of(manager.post(address("drink", "add"), form))


def test_who_saves_such_a_name_at_the_same_moment_is_told_so(manager, store, monkeypatch):
    monkeypatch.setattr(Drink, "clean", lambda self: None)  # both looked before either was saved
    response = manager.post(address("drink", "add"), drink_form(store=store.pk, name="ESPRESSO\u00a0"))
    assert response.status_code == 409
    assert "Yours was not saved" in response.content.decode()
    assert Drink.objects.filter(store=store, name__iexact="espresso").count() == 1
