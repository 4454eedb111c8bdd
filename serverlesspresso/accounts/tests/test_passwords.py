"""Passwords: long ones of any kind are welcome, the first ones anybody would try are not."""

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from serverlesspresso.accounts import pins
from serverlesspresso.accounts.models import Membership


@pytest.mark.parametrize(
    "password",
    ["short77", "password123", "qwertyuiop", "Espresso2026!", "c0ffee1234", "b@rist@99", "Serverlesspresso1"],
)
def test_what_anybody_would_try_is_refused(password):
    with pytest.raises(ValidationError):
        validate_password(password)


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "x" * 64,
        "пароль из слов",
        "☕☕☕☕☕☕☕☕",
        "espresso under a blue umbrella",
    ],
)
def test_long_ones_of_any_kind_are_taken(password):
    validate_password(password)


@pytest.fixture
def hashed(monkeypatch):
    """What was hashed as a password."""
    made, encode = [], MD5PasswordHasher.encode
    monkeypatch.setattr(MD5PasswordHasher, "encode", lambda *args: made.append(args) or encode(*args))
    return made


@pytest.mark.parametrize("email", ["bob@example.org", "nobody@example.org"])
def test_a_wrong_password_is_hashed_once_whoever_it_is_tried_for(client, bob, hashed, email):
    client.post("/accounts/login/", {"login": email, "password": "not the right one"})
    assert len(hashed) == 1


@pytest.mark.parametrize("backend", ["django.contrib.auth.backends.ModelBackend"])
def test_sessions_of_guests_and_of_earlier_sign_ins_go_on(client, bob, backend):
    client.force_login(bob, backend=backend)
    assert client.get("/accounts/").context["user"] == bob


def test_a_pin_costs_little_to_look_at(store, bob):
    kept = pins.set_pin(store, bob.pk, "4711", by=bob).pin
    assert kept.startswith("pin_pbkdf2_sha256$20000$")


def test_a_pin_that_was_set_before_is_still_known(store, bob):
    Membership.objects.filter(user=bob).update(pin=make_password("4711"))
    assert pins.verify_pin(store, bob.pk, "4711").user == bob
