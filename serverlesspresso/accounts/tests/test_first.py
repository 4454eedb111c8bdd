"""The first account: whoever reads the log makes it, once."""

import pytest
from django.core.management import call_command
from django.urls import reverse

from serverlesspresso.accounts import first_run
from serverlesspresso.accounts.models import User
from serverlesspresso.server import startup_banner

pytestmark = pytest.mark.django_db
DANA = {"name": "Dana", "email": "Dana@Example.org", "password": "a long password"}


@pytest.fixture
def path(settings) -> str:
    """The path of the address in the log."""
    settings.PUBLIC_URL = "https://coffee.example"
    return first_run.address().removeprefix("https://coffee.example")


def test_a_fresh_bar_says_where_the_first_account_is_made(path):
    assert f"https://coffee.example{path}" in startup_banner.text()


def test_whoever_opens_it_becomes_administrator_and_sets_up_the_first_store(client, path):
    assert client.get(path).status_code == 200
    response = client.post(path, DANA)
    assert response["Location"] == reverse("organisers:home")
    dana = User.objects.get()
    assert (dana.name, dana.email, dana.is_superuser) == ("Dana", "dana@example.org", True)
    assert client.get(response["Location"])["Location"] == reverse("organisers:new")


def test_it_works_once(client, path):
    client.post(path, DANA)
    again = client.post(path, DANA | {"email": "eve@example.org"})
    assert again.status_code == 404
    assert "Sign in instead" in again.content.decode()
    assert User.objects.count() == 1
    assert first_run.address() is None


def test_another_token_opens_nothing(client, path):
    assert client.get("/accounts/first/0123456789abcdef0123456789abcdef/").status_code == 404


def test_the_token_is_the_same_at_every_start_and_another_for_every_key(settings, path):
    assert first_run.address().endswith(path)
    settings.SECRET_KEY = "another"
    assert not first_run.address().endswith(path)


@pytest.mark.parametrize(
    ("field", "value", "about"),
    [
        ("name", " ", "type a name"),
        ("email", "dana", "not an e-mail address"),
        ("password", "short", "too short"),
        ("password", "password123", "too common"),
    ],
)
def test_what_is_wrong_is_said_and_nobody_is_made(client, path, field, value, about):
    response = client.post(path, DANA | {field: value})
    assert response.status_code == 422
    assert about in response.content.decode()
    assert "a long password" not in response.content.decode()
    assert not User.objects.exists()


def test_somebody_who_ordered_with_that_address_is_not_made_administrator(client, path, alice):
    assert client.post(path, DANA | {"email": alice.email}).status_code == 422
    alice.refresh_from_db()
    assert not alice.is_superuser


def test_a_seeded_bar_has_its_administrator(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    call_command("seed", verbosity=0)
    assert first_run.address() is None
