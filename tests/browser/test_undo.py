"""A new code, and closing with all orders cancelled: what no other tap takes back waits ten seconds."""

import pytest
from playwright.sync_api import Page, expect

from .conftest import Bar

pytestmark = pytest.mark.browser
HELD_MS = 10_000
_CODES = (
    "from display.models import Code; "
    "print(Code.objects.filter(store__slug='ABC', replaced_at__isnull=False).count())"
)
_TOOLS = ".topbar__tools details.panel:last-of-type > summary"


def posted(page: Page) -> list[str]:
    """What this page posts from now on, by the last part of its address."""
    sent: list[str] = []
    page.on(
        "request", lambda each: each.method == "POST" and sent.append(each.url.rstrip("/").split("/")[-1])
    )
    return sent


def replaced(bar: Bar) -> int:
    """How many codes of the bar were replaced before their time."""
    return int(bar.manage("shell", "-v0", "-c", _CODES).split()[-1])


def ask_for_a_code(page: Page) -> None:
    page.locator(_TOOLS).last.click()
    page.get_by_role("button", name="New QR code now").click()


def test_a_barista_takes_back_a_new_code_or_asks_twice_and_gets_one(people):
    tablet = people.window("tablet")
    tablet.clock.install()
    people.sign_in(tablet, "barista", "/barista/ABC/")
    expect(tablet.locator("[data-freshness]").first).to_have_text("Live")
    sent = posted(tablet)
    ask_for_a_code(tablet)
    strip = tablet.locator("#undos .undo")
    expect(strip).to_contain_text("The code will be replaced.")
    strip.get_by_role("button", name="Undo").click()
    expect(strip).to_have_count(0)
    tablet.clock.run_for(HELD_MS + 1000)
    assert sent == []

    ask_for_a_code(tablet)
    ask_for_a_code(tablet)
    expect(strip).to_have_count(1)
    tablet.clock.run_for(HELD_MS + 1000)
    expect(strip).to_have_text("A new QR code is on the screens.")
    assert sent == ["new-code"]


def test_an_organisers_new_code_goes_when_the_page_does(people, bar):
    page = people.sign_in(people.window("tablet"), "manager", "/organise/ABC/")
    expect(page.locator("html[data-connection=live]")).to_be_attached()
    page.get_by_role("button", name="New code now").click()
    expect(page.locator("#taken-back")).to_contain_text("The code will be replaced.")
    page.wait_for_timeout(300)
    before = replaced(bar)
    page.goto(f"{bar.url}/organise/ABC/figures/")
    assert replaced(bar) == before + 1


def test_an_organiser_takes_back_what_would_cancel_everything_and_going_on_sends_the_tap_before(people):
    page = people.window("tablet")
    page.clock.install()
    people.sign_in(page, "manager", "/organise/ABC/")
    expect(page.locator("html[data-connection=live]")).to_be_attached()
    sent = posted(page)
    page.get_by_role("button", name="New code now").click()
    page.get_by_role("button", name="New code now").click()
    assert sent == []
    page.locator(".panel summary", has_text="Close").click()
    page.get_by_role("button", name="Close, and cancel them all").click()
    expect(page.locator("#taken-back")).to_contain_text("cancelling every order")
    page.locator("#taken-back button").click()
    expect(page.locator("#taken-back")).to_be_hidden()
    page.clock.run_for(HELD_MS + 1000)
    expect(page.locator("#overview").get_by_text("Open", exact=True)).to_be_visible()
    assert sent == ["new-code"]
