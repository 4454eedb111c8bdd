"""The way to the figures: managers are led to the organisers' page, baristas see today's numbers."""

import pytest

from config.models import Store
from conftest import make_store, make_user, ready
from serverlesspresso.accounts.models import Role
from serverlesspresso.core import clock
from serverlesspresso.events.tests import bus
from serverlesspresso.web import template_hooks

PAGE = "/dashboard/ABC/"
FIGURES = "/organise/ABC/figures/"


@pytest.fixture
def made(store, alice, bob):
    ready(alice, store, bob, drink="Cappuccino", modifiers=["Oat"])
    bus.deliver()
    return store


def test_baristas_see_what_was_made_today(client, made, bob):
    client.force_login(bob)
    page = client.get(PAGE).content.decode()
    assert "Drinks made" in page and "Cappuccino" in page
    clock.advance(86_400)
    assert "Cappuccino" not in client.get(PAGE).content.decode()


def test_managers_are_led_to_the_organisers_figures_of_the_day(client, made, dana):
    client.force_login(dana)
    today = made.local_day(clock.now())
    assert client.get(PAGE)["Location"] == f"{FIGURES}?day={today}"
    assert client.get(PAGE, {"day": "2026-01-02"})["Location"] == f"{FIGURES}?day=2026-01-02"
    assert "Cappuccino" in client.get(PAGE, follow=True).content.decode()


@pytest.mark.parametrize("day", ["yesterday", "2026-13-45", "\0"])
def test_what_is_no_day_is_today(client, made, dana, day):
    client.force_login(dana)
    assert client.get(PAGE, {"day": day})["Location"].endswith(f"?day={made.local_day(clock.now())}")


def test_the_table_is_the_organisers_and_tells_baristas_so(client, made, bob, dana):
    for user, status in ((dana, 200), (bob, 403)):
        client.force_login(user)
        answer = client.get(PAGE + "figures.csv")
        assert answer["Location"] == FIGURES + "csv/"
        assert client.get(answer["Location"]).status_code == status


@pytest.mark.parametrize("whose", ["bob", "dana"])
def test_a_rehearsal_has_its_numbers_here_and_is_marked(client, made, whose, request):
    Store.objects.filter(pk=made.pk).update(kind=Store.Kind.ROBOTS)
    client.force_login(request.getfixturevalue(whose))
    page = client.get(PAGE).content.decode()
    assert "in no total" in page and "Cappuccino" in page


def test_for_others_there_are_no_figures(client, made, charlie):
    assert client.get(PAGE).status_code == 302
    assert "/accounts/login/" in client.get(PAGE)["Location"]
    stranger = make_user("Eve", make_store("XYZ"), Role.MANAGER)
    for user in (charlie, stranger):
        client.force_login(user)
        assert client.get(PAGE).status_code == client.get("/dashboard/nowhere/").status_code == 404
        assert client.get(PAGE + "figures.csv").status_code == 404


def test_the_barista_app_leads_there(client, made, bob):
    assert "metrics/_link.html" in template_hooks.templates("bar")
    client.force_login(bob)
    assert PAGE in client.get("/barista/ABC/").content.decode()
