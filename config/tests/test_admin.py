"""The admin of stores and menus, as somebody uses it who is no programmer."""

import datetime as dt

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse
from django.utils.html import strip_tags

from config.models import Drink, ModifierGroup, Option, Store
from conftest import make_store, make_user
from serverlesspresso.accounts.models import Role
from serverlesspresso.events.models import Event

pytestmark = pytest.mark.django_db

MODELS = ("store", "drink", "modifiergroup")


@pytest.fixture(autouse=True)
def other(store) -> Store:
    """A store that is none of Dana's business."""
    return make_store("XYZ")


@pytest.fixture
def manager(dana, client):
    """Dana's browser, signed in to the admin."""
    dana.is_staff = True
    dana.save()
    client.force_login(dana)
    return client


@pytest.fixture
def superuser(client):
    """The browser of somebody who may do everything."""
    user = make_user("Root", is_staff=True, is_superuser=True)
    client.force_login(user)
    return client


def address(model, action="changelist", *args) -> str:
    return reverse(f"admin:config_{model}_{action}", args=args)


def rows(response) -> list:
    return list(response.context["cl"].result_list)


def changed(store) -> int:
    return Event.objects.filter(store=store.slug, type="ConfigService.ConfigChanged").count()


def errors_of(response) -> str:
    """Everything the page says is wrong, one after the other."""
    assert response.status_code == 200, "the form was accepted"
    return strip_tags(" ".join(str(text) for text in response.context["errors"]))


def store_form(store, **fields) -> dict:
    return {
        "name": store.name,
        "language": "en",
        "kind": "real",
        "capacity": 20,
        "per_code": 10,
        "per_day": 1,
        "sign_in": ["guest"],
        "code_s": 300,
        "customer_s": 300,
        "barista_s": 900,
        "claim_s": 900,
        "pickup_s": 600,
        "timezone": "UTC",
        "ends_on": store.ends_on,
        "initial-ends_on": store.ends_on,
    } | fields


def drink_form(**fields) -> dict:
    return {
        "name": "Mocha",
        "icon": "cup",
        "available": "on",
        "initial-available": "True",
        "position": 3,
    } | fields


def group_form(*options, **fields) -> dict:
    form = {"name": "Syrup", "min": 0, "max": 1, "position": 1}
    form |= {
        "options-TOTAL_FORMS": len(options),
        "options-INITIAL_FORMS": sum("id" in option for option in options),
    }
    for index, option in enumerate(options):
        filled = {"available": "on", "initial-available": "True", "position": index} | option
        form |= {f"options-{index}-{key}": value for key, value in filled.items() if value is not None}
    return form | fields


# -- who sees what ---------------------------------------------------------------------------------


@pytest.mark.parametrize("model", MODELS)
def test_a_manager_sees_only_what_belongs_to_their_store(manager, store, model):
    seen = {row.at_store() for row in rows(manager.get(address(model)))}
    assert seen == {store}


@pytest.mark.parametrize("model", MODELS)
def test_a_superuser_sees_all_stores(superuser, store, other, model):
    seen = {row.at_store() for row in rows(superuser.get(address(model)))}
    assert seen == {store, other}


@pytest.mark.parametrize("model", MODELS)
def test_a_barista_sees_nothing_even_with_access_to_the_admin(client, store, bob, model):
    bob.is_staff = True
    bob.save()
    client.force_login(bob)
    assert client.get(address(model)).status_code == 403
    assert b"permission to view or edit anything" in client.get(reverse("admin:index")).content


@pytest.mark.parametrize("model", MODELS)
def test_a_manager_without_access_to_the_admin_is_asked_to_sign_in(client, store, dana, model):
    client.force_login(dana)
    assert client.get(address(model)).status_code == 302


def test_another_stores_pages_are_as_if_they_were_not_there(manager, other):
    mocha = Drink.objects.filter(store=other).first()
    for model, thing in (("store", other), ("drink", mocha), ("modifiergroup", other.groups.get())):
        for action in ("change", "history"):
            response = manager.get(address(model, action, thing.pk))
            assert response.status_code == 302
            assert response.url == reverse("admin:index")
    manager.post(address("drink", "change", mocha.pk), drink_form())
    manager.post(address("drink", "delete", mocha.pk), {"post": "yes"})
    assert Drink.objects.filter(pk=mocha.pk, name=mocha.name).exists()


def test_acts_do_not_reach_another_store(manager, other):
    ticked = {"action": "close_store", "_selected_action": other.pk}
    manager.post(address("store"), ticked)
    assert Store.objects.get(pk=other.pk).is_open


def test_a_drink_cannot_be_added_to_another_store(manager, other):
    response = manager.post(address("drink", "add"), drink_form(store=other.pk))
    assert "not one of the available choices" in errors_of(response)


def test_filters_name_only_ones_own_stores(manager, other):
    assert other.name not in manager.get(address("drink")).content.decode()


def test_a_manager_of_no_more_sees_no_more(manager, dana):
    dana.memberships.all().delete()
    assert manager.get(address("store")).status_code == 403


# -- stores ----------------------------------------------------------------------------------------


def test_only_superusers_add_stores(superuser, manager):
    assert (
        superuser.get(address("store", "add")).status_code == 403
    )  # the last sign-in of this browser is Dana's


def test_a_superuser_adds_a_store_which_begins_closed(superuser, store):
    form = store_form(store, slug="NEW", name="New bar", sign_in=["guest", "email"], timezone="Europe/Lisbon")
    assert superuser.post(address("store", "add"), form).status_code == 302
    new = Store.objects.get(slug="NEW")
    assert (new.is_open, new.sign_in, new.timezone) == (False, ["guest", "email"], "Europe/Lisbon")


def test_a_change_is_told_and_the_short_name_stays(manager, store):
    before = changed(store)
    manager.post(address("store", "change", store.pk), store_form(store, capacity=5, slug="OTHER"))
    store.refresh_from_db()
    assert (store.capacity, store.slug) == (5, "ABC")
    assert changed(store) == before + 1


def test_saving_without_a_change_is_no_news(manager, store):
    before = changed(store)
    manager.post(address("store", "change", store.pk), store_form(store))
    assert changed(store) == before


def test_saving_an_old_page_does_not_open_a_store_that_was_closed_since(manager, store):
    Store.objects.filter(pk=store.pk).update(is_open=False)
    manager.post(address("store", "change", store.pk), store_form(store, capacity=5) | {"is_open": "on"})
    assert not Store.objects.get(pk=store.pk).is_open


@pytest.mark.parametrize(
    ("field", "value"),
    [("capacity", 0), ("capacity", ""), ("code_s", 1), ("claim_s", 10**6), ("timezone", "Mars/Base"), ("sign_in", []),
     ("sign_in", ["pigeon"]), ("name", ""), ("name", "a\0b"), ("language", "xx"), ("ends_on", "yesterday")],
)  # fmt: skip
def test_a_wrong_value_is_named_and_changes_nothing(manager, store, field, value):
    response = manager.post(
        address("store", "change", store.pk), store_form(store, per_code=3) | {field: value}
    )
    assert errors_of(response)
    assert field in response.context["adminform"].form.errors
    assert Store.objects.get(pk=store.pk).per_code == 10


@pytest.mark.parametrize("model", MODELS)
def test_every_field_is_explained(superuser, model):
    page = superuser.get(address(model, "add")).context
    forms = [page["adminform"].form, *(each.formset.empty_form for each in page["inline_admin_formsets"])]
    unexplained = [name for form in forms for name, field in form.fields.items()
                   if not field.help_text and not field.widget.is_hidden and name != "DELETE"]  # fmt: skip
    assert unexplained == []


def test_stores_are_opened_closed_and_paused_from_their_own_page(manager, store):
    page = address("store", "change", store.pk)
    for act, expected in (("pause", (True, True)), ("resume", (True, False)), ("close_store", (False, False)),
                          ("open_store", (True, False))):  # fmt: skip
        assert act in [name for name, _label in manager.get(page).context["acts"]]
        posted = {"action": act, "_selected_action": store.pk, "from_page": store.pk}
        response = manager.post(address("store"), posted)
        assert (response.status_code, response.url) == (302, page)
        store.refresh_from_db()
        assert (store.is_open, store.is_paused) == expected


def test_the_page_offers_only_what_can_be_done(manager, store):
    page = address("store", "change", store.pk)
    offered = [name for name, _label in manager.get(page).context["acts"]]
    assert "close_store" in offered
    assert "open_store" not in offered


def test_what_the_domain_refuses_is_said_in_its_own_words(manager, store):
    response = manager.post(address("store"), {"action": "archive", "_selected_action": store.pk})
    said = [str(message) for message in get_messages(response.wsgi_request)]
    assert said == ["Bar ABC: This store is open. Close it first, then archive it."]


def test_an_archived_store_can_be_brought_back(manager, store):
    Store.objects.filter(pk=store.pk).update(is_open=False)
    manager.post(address("store"), {"action": "archive", "_selected_action": store.pk})
    assert [row.slug for row in rows(manager.get(address("store"), {"archived": "yes"}))] == ["ABC"]
    assert rows(manager.get(address("store"), {"archived": "no"})) == []
    manager.post(address("store"), {"action": "bring_back", "_selected_action": store.pk})
    assert Store.objects.get(pk=store.pk).archived_at is None


def test_stores_cannot_be_deleted(superuser, store):
    assert superuser.post(address("store", "delete", store.pk), {"post": "yes"}).status_code == 403
    superuser.post(
        address("store"), {"action": "delete_selected", "_selected_action": store.pk, "post": "yes"}
    )
    assert Store.objects.filter(pk=store.pk).exists()


def test_a_store_without_a_menu_gets_the_usual_one(superuser):
    empty = Store.objects.create(slug="EMPTY", name="Empty")
    posted = {"action": "add_menu", "_selected_action": empty.pk}
    superuser.post(address("store"), posted)
    superuser.post(address("store"), posted)
    assert empty.drinks.count() == 6


@pytest.mark.parametrize("ticked", ["abc", "", "9" * 400, "1\0"])
def test_nonsense_ticked_is_as_if_nothing_was(manager, store, ticked):
    posted = {"action": "close_store", "_selected_action": ticked, "from_page": ticked}
    assert manager.post(address("store"), posted).status_code in {200, 302}
    assert Store.objects.get(pk=store.pk).is_open


# -- drinks ----------------------------------------------------------------------------------------


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
    assert said == "Two choices of one drink both have the option Oat. Give one of them another name."
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


# -- choices ---------------------------------------------------------------------------------------


def test_a_choice_is_added_with_its_options(manager, store):
    form = group_form({"name": "Vanilla"}, {"name": "Caramel", "labels_pt-br": "Caramelo"}, store=store.pk)
    assert manager.post(address("modifiergroup", "add"), form).status_code == 302
    options = Option.objects.filter(group__name="Syrup").values_list("name", "labels")
    assert list(options) == [("Vanilla", {}), ("Caramel", {"pt-br": "Caramelo"})]


@pytest.mark.parametrize(
    ("options", "fields", "said"),
    [
        ([{"name": "A"}], {"min": 2, "max": 1}, "The most that may be chosen cannot be less than the least."),
        ([{"name": "A"}], {"min": 2, "max": 2}, "2 must be chosen at least, so add 2 options or more."),
        ([], {"min": 1}, "1 must be chosen at least, so add 1 option or more."),
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
    assert "1 must be chosen at least" in errors_of(response)
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


# -- pages -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "pt-br"])
def test_every_page_answers_in_both_languages(superuser, store, language):
    superuser.cookies["language"] = language
    things = {"store": store, "drink": store.drinks.first(), "modifiergroup": store.groups.get()}
    for model, thing in things.items():
        for page in (address(model), address(model, "add"), address(model, "change", thing.pk),
                     address(model, "history", thing.pk)):  # fmt: skip
            response = superuser.get(page)
            assert response.status_code == 200
            assert f'lang="{language}"' in response.content.decode()
            assert " style=" not in response.content.decode()


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


def test_the_end_of_a_store_can_be_set(manager, store):
    manager.post(address("store", "change", store.pk), store_form(store, ends_on="2030-05-01"))
    assert Store.objects.get(pk=store.pk).ends_on == dt.date(2030, 5, 1)
