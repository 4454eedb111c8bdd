"""Every screen at once through the whole life of an order: nothing on any console, no request that failed."""

import re

import pytest
from playwright.sync_api import Page, expect

from .test_story import customer, order, ticket

pytestmark = pytest.mark.browser
_ABORTED = "net::ERR_ABORTED"  # a page that is left drops what it was asking for


def listen(page: Page, name: str, heard: list[str]) -> Page:
    """Write down what a page complains of from now on."""

    def console(message) -> None:
        if message.type in ("error", "warning"):
            heard.append(f"{name}: {message.type}: {message.text}")

    def failed(request) -> None:
        if request.failure != _ABORTED:
            heard.append(f"{name}: {request.url}: {request.failure}")

    def answered(response) -> None:
        if response.status >= 400:
            heard.append(f"{name}: {response.url}: {response.status}")

    page.on("console", console)
    page.on("pageerror", lambda error: heard.append(f"{name}: {error}"))
    page.on("requestfailed", failed)
    page.on("response", answered)
    return page


def test_no_screen_complains_while_an_order_lives(people, bar, tmp_path):
    heard: list[str] = []
    tablet = listen(people.tablet(), "tablet", heard)
    second = listen(people.tablet(), "second tablet", heard)
    tv = listen(people.tv(tablet), "wall", heard)
    manager = people.sign_in(people.window("tablet"), "manager", "/organise/ABC/")
    listen(manager, "overview", heard)
    dashboard = listen(manager.context.new_page(), "dashboard", heard)
    dashboard.goto(f"{bar.url}/dashboard/ABC/")
    guest = listen(people.window("phone"), "bar's page", heard)
    guest.goto(f"{bar.url}/s/ABC/")
    phone = customer(people, tv, tmp_path)
    listen(phone, "phone", heard)
    journey = listen(phone.context.new_page(), "journey", heard)
    journey.goto(f"{phone.url}journey/")

    number = order(phone, "Cappuccino", "Oat")
    for make_known in (tablet, second):
        expect(ticket(make_known, "waiting", number)).to_be_visible()
    ticket(tablet, "waiting", number).locator(".ticket__tap").click()
    expect(ticket(second, "making", number)).to_be_visible()
    ticket(tablet, "making", number).locator(".ticket__tap").click()
    expect(tv.locator(f"#ready [data-number='{number}']")).to_be_visible()
    phone.locator(".dock button").click()
    expect(phone.locator("#order[data-status=collected]")).to_be_visible(timeout=20_000)
    expect(tv.locator(f"#ready [data-number='{number}']")).to_have_count(0)

    other = listen(customer(people, tv, tmp_path, "Charlie"), "other phone", heard)
    cancelled = order(other, "Americano")
    other.locator("[form=do-cancel]").click()
    expect(other.locator("#order[data-status=cancelled]")).to_be_visible(timeout=20_000)
    expect(other.locator(".status use")).to_have_attribute("href", re.compile("#close$"))
    expect(tv.locator(f"#preparing [data-number='{cancelled}']")).to_have_count(0)
    expect(journey.locator(".moment").last).to_be_visible()
    assert heard == []
