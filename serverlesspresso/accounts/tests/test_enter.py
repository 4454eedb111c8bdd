"""The page that asks customers who they are, and guests."""

import datetime as dt

import pytest

from conftest import make_store
from serverlesspresso.accounts.models import User

ENTER = "/accounts/enter/"


@pytest.fixture
def guests_of(client):
    return lambda: list(User.objects.filter(is_guest=True).values_list("name", flat=True))


def test_a_name_is_enough_to_come_in_and_leads_on(client, store, guests_of):
    answer = client.post(ENTER, {"name": " Alice ", "store": "ABC", "next": "/s/ABC/?again=1"})
    assert (answer.status_code, answer["Location"]) == (302, "/s/ABC/?again=1")
    assert guests_of() == ["Alice"]
    user = User.objects.get()
    assert client.session["_auth_user_id"] == str(user.pk)
    assert not user.has_usable_password()


def test_what_the_session_holds_survives_coming_in(client, store):
    session = client.session
    session["scanned"] = "a code"
    session.save()
    client.post(ENTER, {"name": "Alice", "store": "ABC"})
    assert client.session["scanned"] == "a code"


def test_without_a_next_page_it_leads_to_the_store(client, store):
    assert client.post(ENTER, {"name": "Alice", "store": "ABC"})["Location"] == "/s/ABC/"


@pytest.mark.parametrize(
    "evil",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "http:///evil",
        "evil",
    ],
)
def test_it_never_leads_off_the_site(client, store, evil):
    assert f'value="{evil}"' not in client.get(ENTER, {"store": "ABC", "next": evil}).content.decode()
    assert client.post(ENTER, {"name": "Alice", "store": "ABC", "next": evil})["Location"] == "/s/ABC/"


def test_one_browser_is_one_guest(client, store, guests_of):
    client.post(ENTER, {"name": "Alice", "store": "ABC"})
    answer = client.post(ENTER, {"name": "Alicia", "store": "ABC"})
    assert answer["Location"] == "/s/ABC/"
    assert guests_of() == ["Alice"]


@pytest.mark.parametrize("name", ["", "   ", "\x00", "x" * 10_000, "\u202e"])
def test_a_name_that_is_none_is_refused_on_the_same_page_and_makes_nobody(client, store, name, guests_of):
    answer = client.post(ENTER, {"name": name, "store": "ABC", "next": "/orders/"})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert 'id="name-error"' in page
    assert 'value="/orders/"' in page
    assert guests_of() == []


def test_a_name_cannot_write_into_the_page(client, store):
    page = client.post(ENTER, {"name": "<script>" * 20, "store": "ABC"}).content.decode()
    assert "<script>&lt;" not in page
    assert "&lt;script&gt;" in page


def test_the_page_offers_what_the_store_allows(client, db):
    make_store("GUEST", sign_in=["guest"])
    make_store("PHONE", sign_in=["phone"])
    make_store("ALL", sign_in=["guest", "phone", "email"])

    def offers(slug):
        page = client.get(ENTER, {"store": slug}).content.decode()
        return 'name="name"' in page, 'name="contact"' in page

    assert [offers(slug) for slug in ("GUEST", "PHONE", "ALL")] == [
        (True, False),
        (False, True),
        (True, True),
    ]


@pytest.mark.parametrize("store_name", ["", "NOPE", "\x00", "x" * 500])
def test_an_unknown_store_is_no_error(client, store, store_name):
    assert client.get(ENTER, {"store": store_name}).status_code == 200


def test_it_says_until_when_data_is_kept(client, db):
    make_store(ends_on=dt.date(2031, 5, 1))
    assert "May 8, 2031" in client.get(ENTER, {"store": "ABC"}).content.decode()


def test_a_name_is_not_enough_where_the_store_wants_more(client, db, guests_of):
    make_store(sign_in=["phone"])
    assert client.post(ENTER, {"name": "Alice", "store": "ABC"}).status_code == 403
    assert guests_of() == []


def test_a_guest_of_another_store_is_asked_for_more_where_the_store_wants_more(client, store):
    make_store("PHONE", sign_in=["phone"])
    client.post(ENTER, {"name": "Alice", "store": "ABC"})
    assert client.get(ENTER, {"store": "ABC"}).status_code == 302
    assert client.get(ENTER, {"store": "PHONE"}).status_code == 200


def test_who_is_in_goes_on(client, store, alice):
    client.force_login(alice)
    answer = client.get(ENTER, {"store": "ABC", "next": "/orders/"})
    assert (answer.status_code, answer["Location"]) == (302, "/orders/")


def test_five_hundred_people_behind_one_address_come_in(client, store, guests_of):
    from django.test import Client

    answers = {Client().post(ENTER, {"name": f"Guest {n}", "store": "ABC"}).status_code for n in range(500)}
    assert answers == {302}
    assert len(guests_of()) == 500


def test_a_flood_of_guests_from_one_address_ends(client, store, settings, guests_of):
    settings.ACCOUNT_RATE_LIMITS = {"guest": "2/m/ip"}
    from django.test import Client

    answers = [Client().post(ENTER, {"name": f"Guest {n}", "store": "ABC"}).status_code for n in range(3)]
    assert answers == [302, 302, 429]
    assert len(guests_of()) == 2


def test_the_page_about_oneself_changes_the_name_on_cups(client, store, guests_of):
    client.post(ENTER, {"name": "Alice", "store": "ABC"})
    assert client.post("/accounts/", {"name": "Alicia"}).status_code == 302
    assert guests_of() == ["Alicia"]
    assert client.post("/accounts/", {"name": " "}).status_code == 422
    assert guests_of() == ["Alicia"]


def test_the_page_about_oneself_is_for_people_who_are_in(client, store, bob):
    assert client.get("/accounts/").status_code == 302
    client.force_login(bob)
    page = client.get("/accounts/").content.decode()
    assert "/barista/ABC/" in page


def test_signing_out_ends_the_session_and_its_sockets(client, store, alice, mocker_expel, on_commit):
    client.force_login(alice)
    key = client.session.session_key
    with on_commit():
        assert client.post("/accounts/logout/").status_code == 302
    assert "_auth_user_id" not in client.session
    assert mocker_expel == [{"session": key}]


@pytest.fixture
def mocker_expel(monkeypatch):
    from serverlesspresso.events import after_commit

    told = []
    monkeypatch.setattr(after_commit, "disconnect", lambda **who: told.append(who))
    return told
