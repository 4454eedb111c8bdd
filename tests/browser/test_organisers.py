"""Somebody with a browser and nothing else sets up a bar; a phone opens its test code; it opens, live."""

import re

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_a_bar_is_set_up_in_a_browser_and_watched_live(people, tmp_path):
    page = people.sign_in(
        people.window("tablet", timezone_id="Europe/Lisbon"), "administrator", "/organise/new/"
    )
    expect(page.locator("[name=timezone]")).to_have_value("Europe/Lisbon")
    page.fill("[name=name]", "Coffee at the door")
    page.fill("[name=slug]", "DOOR")
    page.fill("[name=ends_on]", "2040-05-03")
    page.get_by_label("Over the bar’s own Wi-Fi").check()
    page.get_by_role("button", name="Create store").click()

    expect(page.get_by_text("Waiting for a phone…")).to_be_visible()
    picture = tmp_path / "code.png"
    page.screenshot(path=picture)
    [found] = zxingcpp.read_barcodes(Image.open(picture))
    people.window("phone").goto(found.text)
    expect(page.get_by_text("A phone was there")).to_be_visible()

    page.get_by_role("link", name="Continue").click()
    page.get_by_label("Thursday, from").fill("09:00")
    page.get_by_label("Thursday, to").fill("17:00")
    page.get_by_role("button", name="Save and continue").click()
    page.get_by_label("Small: three quick drinks").check()
    page.get_by_role("button", name="Save and continue").click()
    page.get_by_label("Baristas at work").fill("2")
    page.get_by_role("button", name="Save and continue").click()
    page.get_by_role("button", name="Save and continue").click()
    page.get_by_label("Name:").fill("Ana")
    page.get_by_role("button", name="Add to staff").click()
    expect(page.get_by_role("textbox", name="The link")).to_have_value(re.compile("/accounts/invited/"))
    page.get_by_role("link", name="Rehearse and open").click()
    page.get_by_role("button", name="Open the bar").click()

    overview = page.locator("#overview")
    expect(overview.get_by_text("Open", exact=True)).to_be_visible()
    other = people.sign_in(people.window("tablet"), "administrator", "/organise/DOOR/")
    expect(other.locator("html[data-connection=live]")).to_be_attached()
    overview.get_by_role("button", name="Pause").click()
    expect(other.locator("#overview").get_by_text("Paused", exact=True)).to_be_visible()
