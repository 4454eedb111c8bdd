"""What every answer carries, whatever the page."""

import pytest

ADDRESSES = ["/", "/admin/login/", "/healthz", "/accounts/login/", "/nothing-here/", "/s/ABC/", "/q/nonsense"]


def policy(response) -> dict[str, list[str]]:
    """The content security policy by directive."""
    parts = [part.split() for part in response["Content-Security-Policy"].split(";")]
    return {name: values for name, *values in parts}


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_page_says_what_it_may_load(client, store, address):
    response = client.get(address)
    said = policy(response)
    assert said["default-src"] == ["'none'"]
    assert said["base-uri"] == ["'none'"]
    assert said["frame-ancestors"] == ["'none'"]
    assert "unsafe" not in response["Content-Security-Policy"]
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"
    assert response["Referrer-Policy"] == "same-origin"
    assert {"camera=()", "geolocation=()", "microphone=()"} <= set(response["Permissions-Policy"].split(", "))


def test_our_pages_run_only_scripts_that_carry_the_nonce_of_the_answer(client, store):
    first, second = (policy(client.get("/s/ABC/")) for _ in range(2))
    assert all(source.startswith("'nonce-") for source in first["script-src"])
    assert first["script-src"] != second["script-src"]


def test_the_admin_may_load_its_own_scripts(client, db):
    assert "'self'" in policy(client.get("/admin/login/"))["script-src"]


def test_a_page_may_open_sockets_to_the_host_it_came_from(client, db):
    response = client.get("/healthz", headers={"host": "testserver:8000"})
    assert policy(response)["connect-src"] == ["'self'", "ws://testserver:8000"]


def test_on_https_the_sockets_are_encrypted(client, db, settings):
    settings.HTTPS = True
    assert policy(client.get("/healthz"))["connect-src"] == ["'self'", "wss://testserver"]


def test_a_host_that_is_not_ours_is_refused_in_words(client, db, settings):
    settings.ALLOWED_HOSTS = ["coffee.example.org"]
    response = client.get("/", headers={"host": "evil.example"})
    assert response.status_code == 400
    assert b"evil.example" not in response.content
    assert "evil" not in response["Content-Security-Policy"]
