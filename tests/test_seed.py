"""`manage.py seed`."""

import json
import stat

import pytest
from django.core.management import call_command

from config.models import Drink, Store
from serverlesspresso.accounts.models import Role, User
from serverlesspresso.accounts.permissions import role_at
from serverlesspresso.events.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def data_dir(settings, tmp_path):
    settings.DATA_DIR = tmp_path / "data"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return settings.DATA_DIR


def seeded(data_dir) -> list[dict]:
    call_command("seed", verbosity=0)
    return json.loads((data_dir / "staff.json").read_text())


def test_the_demo_store_is_open_with_the_references_menu(data_dir):
    seeded(data_dir)
    store = Store.objects.get()
    assert (store.slug, store.is_open) == ("ABC", True)
    assert [(drink.name, [group.name for group in drink.groups.all()]) for drink in store.drinks.all()] == [
        ("Americano", []),
        ("Flat White", ["Milk"]),
        ("Cappuccino", ["Milk"]),
        ("Caffè Latte", ["Milk"]),
        ("Single Espresso", []),
        ("Double Espresso", []),
    ]
    milk = store.groups.get()
    assert (milk.min, milk.max, [option.name for option in milk.options.all()]) == (1, 1, ["Regular", "Oat"])


def test_the_demo_staff_can_sign_in_with_the_kept_passwords(data_dir, client):
    for person in seeded(data_dir):
        assert client.login(username=person["email"], password=person["password"])
    store = Store.objects.get()
    bob, dana, admin = (User.objects.get(email=f"{name}@example.org") for name in ("bob", "dana", "admin"))
    assert (role_at(bob.pk, store), bob.is_staff) == (Role.BARISTA, False)
    assert (role_at(dana.pk, store), dana.is_staff, dana.is_superuser) == (Role.MANAGER, True, False)
    assert admin.is_superuser


def test_only_the_owner_can_read_the_passwords(data_dir):
    seeded(data_dir)
    assert stat.S_IMODE((data_dir / "staff.json").stat().st_mode) == 0o600


def test_a_second_run_changes_nothing(data_dir):
    first = seeded(data_dir)
    before = list(Store.objects.values()), list(User.objects.values()), Event.objects.count()
    assert seeded(data_dir) == first
    assert (list(Store.objects.values()), list(User.objects.values()), Event.objects.count()) == before


def test_what_people_changed_stays(data_dir):
    seeded(data_dir)
    Drink.objects.get(name="Americano").delete()
    Store.objects.update(name="Our bar", is_open=False, capacity=7)
    dana = User.objects.get(email="dana@example.org")
    dana.set_password("chosen by Dana")
    dana.save()
    people = seeded(data_dir)
    assert Store.objects.values("name", "is_open", "capacity").get() == {
        "name": "Our bar", "is_open": False, "capacity": 7
    }  # fmt: skip
    assert Drink.objects.count() == 5
    assert User.objects.get(email="dana@example.org").check_password("chosen by Dana")
    assert [person["email"] for person in people] == ["bob@example.org", "admin@example.org"]


def test_a_new_database_gets_the_passwords_that_were_kept(data_dir):
    first = seeded(data_dir)
    User.objects.all().delete()
    assert seeded(data_dir) == first


@pytest.mark.parametrize("spoiled", ["", "{", "[1]", '{"a": 1}', "[{}]"])
def test_a_spoiled_file_is_written_anew(data_dir, spoiled):
    data_dir.mkdir()
    (data_dir / "staff.json").write_text(spoiled)
    assert len(seeded(data_dir)) == 3


def test_it_says_what_it_did(capsys):
    call_command("seed")
    first = capsys.readouterr().out
    call_command("seed")
    second = capsys.readouterr().out
    assert "Store ABC (Serverlesspresso Bar): made." in first
    assert "Store ABC (Serverlesspresso Bar): already there." in second
