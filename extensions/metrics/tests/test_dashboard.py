"""The dashboard: for the staff of the store, live, as charts, as tables, as CSV and for Prometheus."""

import pytest

from config.models import Store
from conftest import make_store, make_user, ready
from extensions.metrics import counting, figures, topics
from extensions.metrics.models import Tally
from serverlesspresso.accounts.models import Role
from serverlesspresso.core import clock
from serverlesspresso.events.tests import bus
from serverlesspresso.web import prometheus, template_hooks

PAGE = "/dashboard/ABC/"


@pytest.fixture
def made(store, alice, bob):
    ready(alice, store, bob, drink="Cappuccino", modifiers=["Oat"])
    bus.deliver()
    return store


def test_staff_see_what_was_made(client, made, bob):
    client.force_login(bob)
    page = client.get(PAGE).content.decode()
    assert "Drinks made" in page
    assert "Cappuccino" in page
    assert "Oat" in page
    assert 'ws-connect="/ws/dashboard/ABC/' in page


def test_a_day_gone_by_is_not_live(client, made, bob):
    client.force_login(bob)
    page = client.get(PAGE + "?day=2020-01-01").content.decode()
    assert "Nothing was counted" in page
    assert "ws-connect" not in page


@pytest.mark.parametrize("day", ["yesterday", "2026-13-45", "\0"])
def test_what_is_no_day_is_refused_with_an_example(client, made, bob, day):
    client.force_login(bob)
    answer = client.get(PAGE, {"day": day})
    assert answer.status_code == 422
    assert "2026-11-22" in answer.content.decode()


def test_for_others_there_is_no_dashboard(client, made, charlie):
    assert client.get(PAGE).status_code == 302
    stranger = make_user("Eve", make_store("XYZ"), Role.MANAGER)
    for user in (charlie, stranger):
        client.force_login(user)
        assert client.get(PAGE).status_code == client.get("/dashboard/nowhere/").status_code == 404
        assert client.get(PAGE + "figures.csv").status_code == 404


def test_the_table_has_every_tally_and_no_formula(client, made, bob):
    Tally.objects.create(store="ABC", day="2026-01-01", kind="drinks", name="=1+1", count=2)
    client.force_login(bob)
    lines = client.get(PAGE + "figures.csv").content.decode("utf-8-sig").splitlines()
    assert lines[0] == "store,day,kind,name,count"
    assert "ABC,2026-01-01,drinks,'=1+1,2" in lines
    assert any(line.endswith("drinks,Cappuccino,1") for line in lines)


def test_a_page_without_a_socket_asks_for_the_same_fragment(client, made, bob):
    client.force_login(bob)
    fragment = client.get(PAGE, headers={"HX-Request": "true"}).content.decode()
    assert fragment.lstrip().startswith('<section id="figures"')
    assert 'id="pulse"' in fragment


def test_a_rehearsal_is_marked_and_stays_out_of_prometheus(client, made, bob):
    assert any(labels.get("drink") == "Cappuccino" for _n, _t, labels, _v in figures.for_prometheus())
    Store.objects.filter(pk=made.pk).update(kind=Store.Kind.ROBOTS)
    client.force_login(bob)
    assert "in no total" in client.get(PAGE).content.decode()
    assert list(figures.for_prometheus()) == []


def test_prometheus_reads_them(made, monkeypatch):
    monkeypatch.setattr(prometheus, "_cached", (None, []))
    said = {(name, labels.get("drink")): value for name, _text, labels, value in prometheus._read()}
    assert said["serverlesspresso_drinks_made", "Cappuccino"] == 1


def test_only_the_staff_of_the_store_may_listen(made, bob, charlie):
    key = counting.screen("ABC")
    assert [topics.FIGURES.allowed(u, key) for u in (bob.pk, charlie.pk, None)] == [True, False, False]
    assert topics.FIGURES.store(counting.screen("nowhere")) is None
    assert "Cappuccino" in topics.FIGURES.snapshot(key).html
    assert topics.FIGURES.versions([key]).keys() == {key}


def test_the_barista_app_leads_to_it(client, made, bob):
    assert "metrics/_link.html" in template_hooks.templates("bar")
    client.force_login(bob)
    assert PAGE in client.get("/barista/ABC/").content.decode()


def test_the_screens_are_told_when_the_counting_is_done(store, alice, bob, monkeypatch, on_commit):
    told = []
    monkeypatch.setattr(counting.publisher, "touch", lambda *about: told.append(about))
    ready(alice, store, bob)
    bus.deliver(["metrics"])
    assert set(told) == {("ABC", counting.screen("ABC"))}
    assert clock.now()
