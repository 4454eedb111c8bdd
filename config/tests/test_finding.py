"""A store is found by its short name in small letters and in capitals, and no two differ in that alone."""

from importlib import import_module

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from config import lookup
from config.models import Store
from conftest import bearer, make_store
from serverlesspresso.core import clock

upgrade = import_module("config.migrations.0009_unique_names")
pytestmark = pytest.mark.django_db
EVERYBODYS = ["/s/{}/", "/s/{}/waiting/", "/display/{}/", "/display/{}/unpaired/"]
EVERYBODYS += ["/accounts/pair/{}/barista/"]
STAFFS = ["/barista/{}/", "/barista/{}/pins/", "/display/{}/poster/", "/organise/{}/", "/dashboard/{}/"]
STAFFS += ["/organise/{}/figures/", "/organise/{}/menu/csv/", "/accounts/screens/{}/", "/tickets/{}/"]


@pytest.mark.parametrize("address", EVERYBODYS)
def test_a_page_in_other_letters_leads_to_the_store(client, store, address):
    answer = client.get(address.format("abc"))
    assert (answer.status_code, answer["Location"]) == (302, address.format("ABC"))


@pytest.mark.parametrize("address", STAFFS)
def test_a_page_of_staff_in_other_letters_leads_to_the_store(client, store, dana, address):
    client.force_login(dana)
    answer = client.get(address.format("aBc"))
    assert (answer.status_code, answer["Location"]) == (302, address.format("ABC"))


def test_a_store_of_small_letters_is_found_by_capitals_and_keeps_what_was_asked(client, db):
    make_store("bar-one")
    assert client.get("/s/BAR-ONE/waiting/?seen=x")["Location"] == "/s/bar-one/waiting/?seen=x"


@pytest.mark.parametrize("slug", ["abcd", "AB_", "%", "ab%", "ÀBC", "abc%00"])
def test_what_is_no_store_stays_nothing(client, store, slug):
    assert client.get(f"/s/{slug}/").status_code == 404


def test_a_store_that_is_gone_is_not_led_to_for_ever(client, store):
    Store.objects.update(archived_at=clock.now())
    answer = client.get("/s/abc/")
    assert client.get(answer["Location"]).status_code == 404


def test_the_api_finds_it_whatever_is_asked(client, store, alice, dana):
    assert client.get("/api/v1/stores/abc").json() == client.get("/api/v1/stores/ABC").json()
    assert client.get("/api/v1/stores/abc")["ETag"] == client.get("/api/v1/stores/ABC")["ETag"]
    status = {"path": "/api/v1/stores/abc/status", "data": {"paused": True}}
    answer = client.put(**status, content_type="application/json", headers=bearer(dana))
    assert (answer.status_code, answer.json()["paused"]) == (200, True)
    assert client.get("/api/v1/stores/abc/events", headers=bearer(dana)).json()["items"]


def test_who_types_the_store_at_the_door_in_other_letters_is_led_back_there(client, store):
    answer = client.post("/accounts/enter/", {"name": "Alice", "store": "abc"})
    assert answer["Location"] == "/s/ABC/"


def test_no_two_stores_differ_in_small_letters_and_capitals_alone(store, capsys):
    with pytest.raises(ValidationError, match="capital letters make no difference"):
        Store(slug="Abc", name="Another").full_clean()
    call_command("store", "abc", "--create")
    assert '"ABC"' in capsys.readouterr().out
    assert Store.objects.count() == 1


def test_a_command_says_when_there_is_none(db):
    with pytest.raises(CommandError):
        call_command("store", "abc")


def test_a_store_that_was_there_before_is_still_found_by_its_own_letters(store):
    Store.objects.update(unique_name=None)  # as the release before left it
    small = make_store("abc")
    Store.objects.update(unique_name=None)
    upgrade.look_at_names(apps, None)
    assert set(Store.objects.values_list("slug", "unique_name")) == {("ABC", "abc"), ("abc", None)}
    assert (lookup.typed("abc"), lookup.typed("ABC")) == (small, store)
    assert (lookup.spelled("abc"), lookup.spelled("ABC")) == ("abc", "ABC")
