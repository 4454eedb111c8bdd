"""The store page and the start page."""

import datetime as dt
import re

import pytest

from config import services
from conftest import choosing, make_store, queued
from orders.tests.scanning import signed_in
from serverlesspresso.core import clock


def test_the_store_page_shows_status_and_menu_to_anybody(client, store):
    services.set_available(store, "Espresso", False)
    page = client.get("/s/ABC/").content.decode()
    assert 'id="store-status" class="bar-state" data-state="open"' in page
    assert re.search(r"data-sold-out>.*?Espresso.*?Sold out", page, re.S)
    assert "Cappuccino" in page


@pytest.mark.parametrize(
    ("change", "state"), [({"open": False}, "closed"), ({"paused": True}, "paused"), ({"open": True}, "open")]
)
def test_the_store_page_says_whether_it_takes_orders(client, store, change, state):
    services.set_status(store, **change)
    assert f'data-state="{state}"' in client.get("/s/ABC/").content.decode()


def test_a_full_store_says_so(client, store, alice):
    choosing(alice, store)
    store.capacity = 1
    store.save()
    assert 'data-state="full"' in client.get("/s/ABC/").content.decode()


def test_the_store_page_leads_to_the_order_on_its_way(store, alice):
    order = queued(alice, store)
    assert f'href="/orders/{order.pk}/"' in signed_in(alice).get("/s/ABC/").content.decode()


@pytest.mark.parametrize("slug", ["NONE", "a" * 10_000, "%00", "☕"])
def test_a_store_that_is_not_there(client, store, slug):
    assert client.get(f"/s/{slug}/").status_code == 404
    assert client.post(f"/s/{slug}/").status_code == 404


def test_a_poll_of_the_store_page_answers_the_fragments(client, store):
    html = client.get("/s/ABC/", headers={"hx-request": "true"}).content.decode()
    assert "<html" not in html
    assert re.findall(r'<\w+ id="([a-z-]+)"', html) == ["store-status", "store-menu", "pulse"]
    assert html.count('hx-swap-oob="true"') == 3


def test_the_start_page_leads_to_the_only_bar(client, store):
    assert client.get("/").url == "/s/ABC/"


def test_the_start_page_offers_several_bars_but_no_rehearsal(client, store):
    make_store("XYZ")
    make_store("ROBOTS", kind="robots")
    page = client.get("/").content.decode()
    assert re.findall(r'href="/s/(\w+)/"', page) == ["ABC", "XYZ"]


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Pacific/Kiritimati", "Etc/GMT+12"])
def test_the_start_page_has_a_bar_until_its_own_midnight(client, store, zone):
    store.timezone = zone
    store.ends_on = store.local_day(clock.now())
    store.save()
    midnight = dt.datetime.combine(store.ends_on + dt.timedelta(days=1), dt.time(), store.zone)
    clock.advance((midnight - clock.now()).total_seconds() - 60)
    assert client.get("/").status_code == 302
    clock.advance(61)
    assert "No bar is running" in client.get("/").content.decode()


def test_without_a_bar_the_start_page_says_so(client, db):
    assert "No bar is running" in client.get("/").content.decode()
