"""The whole story in three real windows at once: phone, tablet and TV, all live, nobody reloads."""

import signal

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


def name_myself(phone: Page, name: str) -> None:
    phone.fill("input[name=name]", name)
    phone.press("input[name=name]", "Enter")


def order(phone: Page, drink: str, option: str = "") -> str:
    """Choose and order on the phone's page; the number it got."""
    offer = phone.locator(".offer", has=phone.get_by_text(drink, exact=True))
    offer.locator("> label").click()
    if option:
        offer.get_by_label(option, exact=True).click()
    phone.locator(".dock button").click()
    number = phone.locator("#order[data-status=queued] .number")
    expect(number).to_be_visible()
    return number.inner_text()


def customer(people, tv: Page, folder, name: str = "Alice", **options) -> Page:
    phone = people.window("phone", **options)
    people.scan(tv, phone, folder)
    name_myself(phone, name)
    expect(phone.locator(".choosing")).to_be_visible()
    return phone


def ticket(tablet: Page, column: str, number: str):
    return tablet.locator(f"#col-{column} .ticket[data-number='{number}']")


@pytest.fixture
def tablet(people):
    return people.tablet()


@pytest.fixture
def tv(people, tablet):
    return people.tv(tablet)


def test_scan_order_make_ready_collected(people, tablet, tv, tmp_path):
    phone = customer(people, tv, tmp_path)
    number = order(phone, "Cappuccino", "Oat")
    assert number == "1"
    card = ticket(tablet, "waiting", number)
    expect(card).to_contain_text("Cappuccino")
    expect(card).to_contain_text("Oat")
    expect(card).to_contain_text("Alice")
    expect(tv.locator(f"#preparing [data-number='{number}']")).to_contain_text("Cappuccino")
    expect(tv.locator("body")).not_to_contain_text("Alice")

    card.locator(".ticket__tap").click()
    expect(ticket(tablet, "making", number)).to_be_visible()
    expect(phone.locator("#order[data-status=making]")).to_contain_text("Bob")
    expect(tv.locator(f"#preparing [data-number='{number}'][data-status=making]")).to_be_visible()

    ticket(tablet, "making", number).locator(".ticket__tap").click()
    expect(phone.locator("#order[data-status=ready] .number")).to_have_text(number)
    expect(tv.locator(f"#ready [data-number='{number}']")).to_be_visible()
    expect(tv.locator(f"#preparing [data-number='{number}']")).to_have_count(0)

    phone.locator(".dock button").click()
    expect(phone.locator("#order[data-status=collected]")).to_be_visible(timeout=15_000)  # held back for Undo
    expect(tv.locator(f"#ready [data-number='{number}']")).to_have_count(0)
    expect(ticket(tablet, "ready", number)).to_have_count(0)


def test_a_customer_cancels_and_a_barista_cancels_with_a_reason(people, tablet, tv, tmp_path):
    alice = customer(people, tv, tmp_path)
    number = order(alice, "Americano")
    expect(ticket(tablet, "waiting", number)).to_be_visible()
    alice.locator("[form=do-cancel]").click()
    expect(alice.locator("#order[data-status=cancelled]")).to_be_visible(timeout=15_000)  # held back for Undo
    struck = ticket(tablet, "waiting", number)
    expect(struck).to_contain_text("The customer cancelled it.")
    struck.locator(".ticket__tap").click()  # seen
    expect(struck).to_have_count(0)
    expect(tv.locator(f"#preparing [data-number='{number}']")).to_have_count(0)

    charlie = customer(people, tv, tmp_path, "Charlie")
    number = order(charlie, "Americano")
    card = ticket(tablet, "waiting", number)
    card.locator("summary").first.click()
    card.get_by_role("button", name="Machine trouble", exact=False).click()
    expect(charlie.locator("#order[data-status=cancelled]")).to_contain_text("machine", timeout=20_000)


def test_a_recalled_drink_is_being_made_again_on_every_screen(people, tablet, tv, tmp_path):
    phone = customer(people, tv, tmp_path)
    number = order(phone, "Single Espresso")
    ticket(tablet, "waiting", number).locator(".ticket__tap").click()
    ticket(tablet, "making", number).locator(".ticket__tap").click()
    expect(phone.locator("#order[data-status=ready]")).to_be_visible()
    card = ticket(tablet, "ready", number)
    card.locator("summary").first.click()
    card.get_by_role("button", name="Make it again", exact=False).or_(
        card.get_by_role("button", name="not ready", exact=False)
    ).first.click()
    expect(ticket(tablet, "making", number)).to_be_visible()
    expect(phone.locator("#order[data-status=making]")).to_be_visible()
    expect(tv.locator(f"#preparing [data-number='{number}'][data-status=making]")).to_be_visible()


def test_time_to_choose_runs_out(people, bar, tablet, tv, tmp_path):
    bar.manage("store", "ABC", "--customer-s", "5")
    phone = customer(people, tv, tmp_path)
    expect(phone.locator("#order[data-status=timed_out]")).to_be_visible(timeout=12_000)


def test_closing_the_store_shows_everywhere_and_spares_live_orders(people, bar, tablet, tv, tmp_path):
    phone = customer(people, tv, tmp_path)
    number = order(phone, "Americano")
    manager = people.tablet("manager")
    manager.locator("#closing summary").click()
    manager.get_by_role("button", name="Close, and finish these orders").click()
    expect(tv.locator(".invite")).to_contain_text("closed", ignore_case=True)
    expect(tv.locator(".invite svg.qr, .invite .qr svg")).to_have_count(0)
    expect(tablet.locator("#state")).to_contain_text("Closed")
    expect(phone.locator("#order[data-status=queued] .number")).to_have_text(number)
    ticket(tablet, "waiting", number).locator(".ticket__tap").click()
    expect(phone.locator("#order[data-status=making]")).to_be_visible()
    late = people.window("phone")
    late.goto(f"{bar.url}/s/ABC/")
    expect(late.locator("main")).to_contain_text("closed", ignore_case=True)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_after_a_restart_every_screen_shows_the_truth_and_the_order_goes_on(
    people, bar, tablet, tv, tmp_path, how
):
    phone = customer(people, tv, tmp_path)
    number = order(phone, "Flat White", "Regular")
    ticket(tablet, "waiting", number).locator(".ticket__tap").click()
    expect(phone.locator("#order[data-status=making]")).to_be_visible()
    bar.stop(how)
    expect(tv.locator("[data-freshness]")).to_contain_text("Reconnecting", timeout=20_000)
    bar.start()
    expect(tv.locator("[data-freshness]")).to_contain_text("Live", timeout=20_000)
    expect(tablet.locator("[data-freshness]").first).to_contain_text("Live", timeout=20_000)
    ticket(tablet, "making", number).locator(".ticket__tap").click()
    expect(phone.locator("#order[data-status=ready] .number")).to_have_text(number, timeout=20_000)
    expect(tv.locator(f"#ready [data-number='{number}']")).to_be_visible()


def test_a_phone_without_javascript_orders_too(people, bar, tablet, tv, tmp_path):
    phone = people.window("phone", java_script_enabled=False)
    people.scan(tv, phone, tmp_path)
    phone.locator("main form button").first.click()
    name_myself(phone, "Alice")
    if phone.locator(".choosing").count() == 0:
        phone.locator("main form button").first.click()
    phone.wait_for_timeout(1500)
    phone.reload()
    phone.locator(".offer label", has_text="Americano").click()
    phone.locator(".dock button").click()
    expect(ticket(tablet, "waiting", "1")).to_contain_text("Americano")


def test_the_same_story_in_portuguese(people, bar, tmp_path):
    tablet = people.tablet(language="pt-BR")
    tv = people.tv(tablet, language="pt-BR")
    phone = customer(people, tv, tmp_path, "João", language="pt-BR")
    expect(phone.locator("html")).to_have_attribute("lang", "pt-br")
    number = order(phone, "Cappuccino", "Aveia")
    expect(ticket(tablet, "waiting", number)).to_contain_text("Aveia")


def test_a_revoked_screen_goes_dark(people, tablet, tv):
    staff = tablet.context.new_page()
    staff.goto(f"{people.bar.url}/accounts/screens/ABC/")
    staff.get_by_role("button", name="Unpair").click()
    expect(tv.locator("#ready")).to_have_count(0, timeout=35_000)
    expect(tv.locator(".invite svg")).to_have_count(0)
