"""What makes the bar an app on a home screen, and what that app says without a network."""

import re

import pytest
from PIL import Image

from serverlesspresso.settings import BASE_DIR


def test_the_manifest_names_its_icons_and_where_it_starts(client):
    response = client.get("/manifest.webmanifest")
    assert response["Content-Type"] == "application/manifest+json"
    about = response.json()
    assert (about["start_url"], about["scope"], about["display"]) == ("/", "/", "standalone")
    for icon in about["icons"]:
        if icon["type"] == "image/png":
            path = BASE_DIR / "static" / icon["src"].removeprefix("/static/")
            assert "x".join(map(str, Image.open(path).size)) == icon["sizes"]


def test_the_manifest_speaks_the_readers_language(client):
    about = client.get("/manifest.webmanifest", headers={"accept-language": "pt-BR"}).json()
    assert about["lang"] == "pt-br"


@pytest.mark.parametrize("path", ["/", "/offline/"])
def test_pages_without_a_store_still_answer(client, db, path):
    assert client.get(path).status_code == 200


def test_customers_pages_name_the_manifest_and_the_wall_does_not(client, store):
    assert 'rel="manifest"' in client.get("/s/ABC/").content.decode()
    assert 'rel="manifest"' not in client.get("/accounts/login/").content.decode()


def test_the_worker_may_run_for_the_whole_site_and_is_asked_for_anew(client):
    response = client.get("/sw.js")
    assert response["Content-Type"].startswith("text/javascript")
    assert "no-cache" in response["Cache-Control"]
    [connect] = re.findall(r"connect-src[^;]*", response["Content-Security-Policy"])
    assert "'self'" in connect


def test_the_worker_keeps_what_the_page_for_no_network_is_made_of(client):
    [kept] = re.findall(r"const SHELL = \[(.*)\];", client.get("/sw.js").content.decode())
    kept = kept.replace("\\u002D", "-")
    page = client.get("/offline/").content.decode()
    for address in re.findall(r'(?:href|src)="([^"]+)"', page):
        assert f'"{address}"' in kept
        assert not address.startswith("http")


def test_the_page_for_no_network_holds_nothing_personal(client, alice):
    client.force_login(alice)
    page = client.get("/offline/").content.decode()
    assert "Alice" not in page
    assert "csrf" not in page.lower()
