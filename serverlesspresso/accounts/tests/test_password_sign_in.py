"""Staff sign in with a password, and change it."""

import pytest
from django.test import Client

from serverlesspresso.accounts.models import User

from .conftest import signed_in


def log_in(client, email="bob@example.org", password="a long password", **more):
    return client.post("/accounts/login/", {"login": email, "password": password, **more})


def test_staff_sign_in_with_a_password_and_come_to_their_bar(client, bob):
    assert log_in(client)["Location"] == "/barista/"
    assert signed_in(client) == bob


def test_staff_come_to_where_they_were_going(client, bob):
    assert log_in(client, "Bob@Example.ORG", next="/barista/ABC/")["Location"] == "/barista/ABC/"
    assert log_in(Client(), next="https://evil.example/")["Location"] == "/barista/"


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("bob@example.org", "wrong"),
        ("who@example.org", "x"),
        ("bob", "x"),
        ("", ""),
        ("bob@example.org", "\x00"),
    ],
)
def test_a_wrong_password_is_refused(client, bob, email, password):
    assert log_in(client, email, password).status_code == 200
    assert signed_in(client) is None


def test_guessing_one_persons_password_ends_and_leaves_colleagues_alone(client, bob, dana):
    for _guess in range(5):
        log_in(client, password="wrong")
    assert log_in(client).status_code == 200
    assert signed_in(client) is None
    log_in(client, "dana@example.org")
    assert signed_in(client) == dana


def test_a_guest_may_turn_out_to_be_the_barista(client, store, bob):
    client.post("/accounts/enter/", {"name": "Bobby", "store": "ABC"})
    assert client.get("/accounts/login/").status_code == 200
    log_in(client)
    assert signed_in(client) == bob


def test_nobody_signs_up(client, db):
    assert client.get("/accounts/signup/").status_code == 200
    client.post("/accounts/signup/", {"email": "eve@example.org"})
    assert User.objects.count() == 0


@pytest.mark.parametrize(
    "path",
    ["email/", "phone/change/", "phone/verify/", "password/set/", "password/reset/"],
)
def test_pages_that_nobody_needs_are_not_there(client, alice, path):
    client.force_login(alice)
    assert client.get(f"/accounts/{path}").status_code == 404


def test_staff_change_their_password(client, bob):
    client.force_login(bob)
    new = "another long password"
    answer = client.post(
        "/accounts/password/", {"old_password": "a long password", "new_password1": new, "new_password2": new}
    )
    assert answer["Location"] == "/accounts/"
    bob.refresh_from_db()
    assert bob.check_password(new)


def test_people_without_a_password_have_none_to_change(client, screen):
    client.force_login(screen)
    assert client.get("/accounts/password/").status_code == 404
