"""Who sees what in the admin, in both languages."""

import pytest
from django.urls import reverse

from config.models import Drink, Store
from config.tests.admin_pages import MODELS, address, drink_form, errors_of, rows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("other")]


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
