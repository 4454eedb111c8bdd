"""Slots: an extension shows something of its own on the house's pages, and the page knows nothing of it."""

import pytest
from django.template import Context, Engine, Template

from conftest import ready
from serverlesspresso.web import template_hooks


@pytest.fixture(autouse=True)
def nothing_filled(monkeypatch):
    monkeypatch.setattr(template_hooks, "_filled", template_hooks.defaultdict(list))


@pytest.fixture
def templates(settings, tmp_path):
    """A folder of templates of an extension's own."""
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path, *settings.TEMPLATES[0]["DIRS"]]}]
    return tmp_path


def test_a_slot_shows_what_was_filled_in_once_and_in_order(templates):
    (templates / "one.html").write_text("one {{ order }},")
    (templates / "two.html").write_text("two {{ more }}")
    for name in ("one.html", "two.html", "one.html"):
        template_hooks.fill("order", name)
    page = Template('{% load slots %}{% slot "order" more=2 %}|{{ more }}')
    assert page.render(Context({"order": "<7>"})) == "one &lt;7&gt;,two 2|"


def test_an_empty_slot_shows_nothing():
    assert Template('{% load slots %}{% slot "bar" %}').render(Context()) == ""


def test_a_slot_nobody_has_cannot_be_filled():
    with pytest.raises(KeyError, match="ticket"):
        template_hooks.fill("roof", "one.html")


def test_an_extension_shows_something_on_an_orders_page(templates, client, store, alice, bob):
    (templates / "link.html").write_text('<a href="/x/{{ order.pk }}/">Look</a>')
    template_hooks.fill("order", "link.html")
    order = ready(alice, store, bob)
    client.force_login(alice)
    assert f'<a href="/x/{order.pk}/">Look</a>' in client.get(f"/orders/{order.pk}/").content.decode()


@pytest.mark.parametrize("name", template_hooks.SLOTS)
def test_every_slot_is_on_a_page(name):
    found = [
        path
        for folder in Engine.get_default().dirs
        for path in folder.rglob("*.html")
        if f'slot "{name}"' in path.read_text()
    ]
    assert len(found) == 1
