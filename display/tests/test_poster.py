"""The sheet to print: the store's own address, for people, not for the code that changes."""

import pytest

from display import qr_codes, qr_images

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def public(settings):
    settings.PUBLIC_URL = "https://bar.example.org"


@pytest.mark.parametrize("who", ["bob", "dana"])
def test_staff_print_the_stores_own_address_as_text_and_as_a_qr_code(client, request, store, who):
    client.force_login(request.getfixturevalue(who))

    html = client.get("/display/ABC/poster/").content.decode()

    assert "bar.example.org/s/ABC<" in html
    assert qr_images.svg("https://bar.example.org/s/ABC/") in html
    assert qr_codes.current_code(store).token not in html


def test_it_speaks_the_stores_language_or_the_one_asked_for(client, bob, store):
    client.force_login(bob)
    assert '<html lang="en"' in client.get("/display/ABC/poster/").content.decode()
    assert '<html lang="pt-br"' in client.get("/display/ABC/poster/?lang=pt-br").content.decode()


def test_who_is_not_signed_in_is_asked_to_and_comes_back(client, store):
    assert (
        client.get("/display/ABC/poster/")["Location"] == "/accounts/login/?next=%2Fdisplay%2FABC%2Fposter%2F"
    )


@pytest.mark.parametrize("who", ["charlie", "screen"])
def test_who_is_not_staff_is_refused(client, request, store, who):
    client.force_login(request.getfixturevalue(who))
    assert client.get("/display/ABC/poster/").status_code == 403


def test_a_store_that_is_not_there_has_none(client, bob):
    client.force_login(bob)
    assert client.get("/display/XYZ/poster/").status_code == 404
