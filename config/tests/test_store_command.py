"""`manage.py store`."""

import json

import pytest
from django.core.management import CommandError, call_command

from config.models import Store
from serverlesspresso.events.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(capsys):
    """The command, called as it would be typed; its JSON."""

    def call(*args) -> dict:
        call_command("store", *args)
        return json.loads(capsys.readouterr().out)

    return call


def refused(*args) -> str:
    with pytest.raises(CommandError) as error:
        call_command("store", *args)
    text = str(error.value)
    assert "\n" not in text
    return text


def test_it_prints_a_store(store, run):
    assert run("ABC")["name"] == "Bar ABC"


def test_an_unknown_store_is_refused_in_one_line(db):
    assert refused("XYZ") == "There is no store XYZ. Add --create to make it."
    assert not Store.objects.exists()


def test_create_makes_a_store_with_the_usual_menu(db, run):
    described = run("XYZ", "--create", "--open", "--capacity", "5", "--sign-in", "guest,email")
    assert described["open"] is True
    assert [drink["name"] for drink in described["menu"]["drinks"]] == [
        "Americano",
        "Flat White",
        "Cappuccino",
        "Caffè Latte",
        "Single Espresso",
        "Double Espresso",
    ]
    store = Store.objects.get()
    assert (store.slug, store.capacity, store.sign_in) == ("XYZ", 5, ["guest", "email"])


def test_a_new_store_is_closed_unless_it_is_said_to_be_open(db, run):
    assert run("XYZ", "--create")["open"] is False


def test_create_on_a_store_that_exists_changes_it_and_keeps_its_menu(store, run):
    described = run("ABC", "--create", "--per-day", "0")
    assert len(described["menu"]["drinks"]) == 2
    assert Store.objects.get().per_day == 0


def test_every_number_is_set(store, run):
    names = ("capacity", "per-code", "per-day", "code-s", "customer-s", "barista-s", "claim-s", "pickup-s")
    run("ABC", *(part for value, name in enumerate(names, start=11) for part in (f"--{name}", str(value))))
    store.refresh_from_db()
    assert [getattr(store, name.replace("-", "_")) for name in names] == list(range(11, 19))


def test_clocks_may_be_as_short_as_a_rehearsal_wants_them(store, run):
    run("ABC", "--customer-s", "2", "--barista-s", "3", "--claim-s", "1", "--pickup-s", "2", "--code-s", "1")
    store.refresh_from_db()
    assert (store.customer_s, store.barista_s, store.claim_s, store.pickup_s, store.code_s) == (2, 3, 1, 2, 1)


def test_what_was_set_can_be_read_in_what_is_printed(store, run):
    described = run("ABC", "--capacity", "7", "--pickup-s", "90", "--sign-in", "guest,phone")
    assert (described["capacity"], described["pickup_s"]) == (7, 90)
    assert described["sign_in"] == ["guest", "phone"]
    assert run("ABC")["per_day"] == store.per_day


def test_closing_is_told(store, run):
    before = Event.objects.count()
    assert run("ABC", "--closed")["open"] is False
    assert Event.objects.count() == before + 1


@pytest.mark.parametrize(
    ("args", "named"),
    [
        (["--capacity", "0"], "--capacity"),
        (["--capacity", "many"], "--capacity"),
        (["--per-code=-1"], "--per-code"),
        (["--code-s", "0"], "--code-s"),
        (["--pickup-s", "1000000"], "--pickup-s"),
        (["--claim-s", "1.5"], "--claim-s"),
        (["--sign-in", "carrier-pigeon"], "--sign-in"),
        (["--sign-in", ""], "--sign-in"),
    ],
)
def test_bad_numbers_are_named_in_one_line_and_nothing_changes(store, args, named):
    before = Store.objects.values().get(), Event.objects.count()
    assert refused("ABC", "--closed", "--customer-s", "60", *args).startswith(f"{named}: ")
    assert (Store.objects.values().get(), Event.objects.count()) == before


@pytest.mark.parametrize("slug", ["A B", "", "-x", "Ä", "A" * 21, "../etc"])
def test_a_short_name_that_cannot_be_part_of_an_address_is_refused(db, slug):
    assert refused("--create", "--", slug).startswith("SLUG: ")
    assert not Store.objects.exists()
