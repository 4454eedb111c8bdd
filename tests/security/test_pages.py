"""Every page and every fragment, with the worst that people could have typed on it."""

import re
from html.parser import HTMLParser

import pytest
from django.db import connection
from django.test import Client

from .permissions import MACHINES, Ask, expected, url
from .scene import Scene, make_scene
from .writes import Writes

PLANT = "\"><img src=x onerror=a()>'{{7*7}}"
"""In front of every name of the scene: of bars, people and screens."""
KINDS = ("nobody", "owner", "display", "barista", "manager", "administrator")
PAGES = [ask for ask in expected() if ask.method == "GET" and ask.address not in MACHINES]


class Found(HTMLParser):
    """What a page must not have."""

    def __init__(self, nonce: str):
        super().__init__()
        self.nonce, self.wrong, self.inside = nonce, [], ""

    def handle_starttag(self, tag, attrs):
        said = dict(attrs)
        self.inside = tag if tag == "script" and "json" not in (said.get("type") or "") else ""
        if tag == "style" or (tag == "script" and self.nonce and said.get("nonce") != self.nonce):
            self.wrong.append(f"<{tag}> {said}")
        for name, value in attrs:
            if name == "style" or name.startswith(("on", "hx-on")):
                self.wrong.append(f"{tag} {name}={value}")
            if (
                name.startswith(("hx-", "data-hx-", "ws-"))
                and value
                and ("onerror" in value or "{{" in value)
            ):
                self.wrong.append(f"user text in {name}={value}")
            if name in ("href", "src", "action", "formaction") and re.match(
                r"\s*(javascript|vbscript):", value or ""
            ):
                self.wrong.append(f"{tag} {name}={value}")
            if tag == "img" and name == "onerror":
                self.wrong.append("what somebody typed became a tag")

    handle_startendtag = handle_starttag

    def handle_data(self, data):
        if self.inside and data.strip():
            self.wrong.append(f"inline script: {data[:60]!r}")
        if data.strip() == "49" or "'49" in data:
            self.wrong.append("what somebody typed was computed")


@pytest.fixture
def scene(db) -> Scene:
    return make_scene(PLANT)


def _wrong_with(response, path: str) -> list[str]:
    said = response.headers.get("Content-Security-Policy", "")
    wrong = [] if "default-src 'none'" in said and "unsafe" not in said else [f"policy {said}"]
    for name, value in (
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "DENY"),
        ("Referrer-Policy", "same-origin"),
    ):
        if response.headers.get(name) != value:
            wrong.append(f"{name}: {response.headers.get(name)}")
    if "html" in response.headers.get("Content-Type", ""):
        nonce = re.search(r"'nonce-([^']+)'", said)
        page = Found("" if path.startswith("/admin/") else (nonce[1] if nonce else "none at all"))
        page.feed(response.content.decode())
        wrong += page.wrong
    return [f"{path}: {each}" for each in wrong]


@pytest.mark.parametrize("htmx", [False, True], ids=["page", "fragment"])
@pytest.mark.parametrize("kind", KINDS)
def test_no_page_has_anything_inline_or_typed_as_code_and_looking_changes_nothing(scene, kind, htmx):
    wrong, writes = [], Writes()
    headers = {"HX-Request": "true", "HX-Target": "main"} if htmx else {}
    with connection.execute_wrapper(writes):
        for ask in PAGES:
            path = url(ask, scene)
            if htmx and path.startswith("/admin/"):
                continue  # there is no htmx there
            browser = scene.client(kind)
            api = scene.bearer(kind) if path.startswith("/api/") else {}
            wrong += _wrong_with(browser.get(path, headers={**headers, **api}), path)
            wrong += [f"{path} wrote: {sql}" for sql in writes.seen]
            writes.seen.clear()
    assert not wrong, "\n".join(sorted(set(wrong)))


def test_what_was_planted_is_on_the_pages(scene):
    for path in ("/s/ABC/", "/barista/ABC/", "/admin/accounts/user/"):
        page = scene.client("manager").get(path).content.decode()
        assert "onerror=a()&gt;" in page, path


def test_the_check_finds_what_it_looks_for():
    page = Found("right")
    page.feed(
        '<script nonce="wrong"></script><script nonce="right">x()</script><p style="a" onclick="b"></p>'
        '<style></style><a href=" javascript:x">49</a><p hx-get="/x?onerror"></p><img src=x onerror=a()>'
    )
    assert len(page.wrong) == 10


@pytest.mark.parametrize("kind", ["nobody", "manager"])
def test_every_change_asks_for_a_token_of_this_site(scene, kind):
    """Cross-site forms, and pages that were open for too long: 403. In the API no cookie counts at all."""
    unguarded = []
    for ask in [ask for ask in expected() if ask.method == "POST" and not ask.address.startswith("/api/")]:
        browser = Client(enforce_csrf_checks=True)
        if scene.cookies[kind]:
            browser.cookies["sessionid"] = scene.cookies[kind]
        if browser.post(url(ask, scene), scene.bodies.get(str(ask), {})).status_code != 403:
            unguarded.append(str(ask))
    assert unguarded == []


def test_the_api_takes_no_cookie_for_a_sign_in(scene):
    answer = scene.client("manager").put(
        "/api/v1/stores/ABC/status", {"open": False}, content_type="application/json"
    )
    assert answer.status_code == 401


@pytest.mark.parametrize("method", ["delete", "patch", "trace", "options"])
def test_other_methods_do_nothing_anywhere(scene, method):
    writes, answers = Writes(), {}
    with connection.execute_wrapper(writes):
        for address in {ask.address for ask in expected() if ask.method not in ("WS",)} - MACHINES:
            browser = scene.client("administrator")
            headers = scene.bearer("administrator") if address.startswith("/api/") else {}
            path = url(Ask("GET", address), scene)
            answers[address] = getattr(browser, method)(path, headers=headers).status_code
    assert {status for status in answers.values() if status >= 500} == set()
    assert writes.seen == []
