"""Two taps where one was meant: the second does nothing to what has just come under the finger."""

import pytest
from playwright.sync_api import Page, expect

from .conftest import Bar
from .test_counter import Counter, ticket
from .test_phone import complete, scanned
from .test_story import order

pytestmark = pytest.mark.browser
SIZES = ((390, 844), (320, 568), (375, 667), (412, 915))
_CENTRE = """element => {
  element.scrollIntoView({block: "nearest"});
  const box = element.getBoundingClientRect();
  return [box.x + box.width / 2, box.y + box.height / 2];
}"""
_STATUS = "from orders.models import Order; print(Order.objects.latest('created_at').status)"
_PAUSED = "from config.models import Store; print(Store.objects.get(slug='ABC').is_paused)"


def twice(page: Page, selector: str, *, apart_ms: int, after: str = "") -> None:
    """Tap a place twice as a finger does, whatever lies there by then; `after` is waited for in between."""
    x, y = page.locator(selector).evaluate(_CENTRE)
    page.mouse.click(x, y)
    if after:
        page.locator(after).wait_for()
    page.wait_for_timeout(apart_ms)
    page.mouse.click(x, y)


def lay_under(page: Page, selector: str, control: str) -> None:
    """The worst case, whatever the size of letters: a control comes to lie where another one was tapped."""
    x, y = page.locator(selector).evaluate(_CENTRE)
    sheet = (
        f"{control} {{ position: fixed !important; inset: auto; left: {x - 60}px; top: {y - 24}px;"
        " width: 120px; height: 48px; z-index: 99 }"
    )
    page.evaluate(
        "rules => { const sheet = new CSSStyleSheet(); sheet.replaceSync(rules);"
        " document.adoptedStyleSheets = [sheet]; }",
        sheet,
    )


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_a_second_tap_on_order_does_not_cancel_the_order(people, bar, width, height):
    phone = scanned(people, bar)
    phone.set_viewport_size({"width": width, "height": height})
    phone.locator(".offer", has=phone.get_by_text("Americano", exact=True)).locator("> label").click()
    phone.locator(".dock button:not([aria-disabled])").wait_for()
    lay_under(phone, ".dock button", "#order [form=do-cancel].button--danger")
    twice(phone, ".dock button", apart_ms=100, after="#order[data-status=queued] [form=do-cancel]")
    phone.wait_for_timeout(900)
    expect(phone.locator("#taken-back")).to_be_hidden()
    assert bar.manage("shell", "-v0", "-c", _STATUS).split()[-1] == "queued"
    phone.locator("[form=do-cancel]").click()  # a tap that is meant still counts
    expect(phone.locator("#taken-back")).to_be_visible()


def test_a_second_tap_on_i_have_it_does_not_take_it_back(people, bar):
    phone = scanned(people, bar)
    order(phone, "Americano")
    complete(bar)
    phone.locator("#order[data-status=ready] .dock button:not([aria-disabled])").wait_for()
    lay_under(phone, ".dock button", "#taken-back button")
    twice(phone, ".dock button", apart_ms=300)
    expect(phone.locator("main[data-held]")).to_be_attached()


def test_a_second_tap_on_pause_does_not_resume(people, bar):
    overview = people.sign_in(people.window("tablet"), "manager", "/organise/ABC/")
    expect(overview.locator("html[data-connection=live]")).to_be_attached()
    for page, pause, resume in (
        (overview, "[hx-post='act/pause/']", "[hx-post='act/resume/']"),
        (people.tablet(), "#state [hx-post='pause/'][value=yes]", "#state [hx-post='pause/'][value=no]"),
    ):
        page.locator(f"{pause}:not([aria-disabled])").wait_for()
        twice(page, pause, apart_ms=150, after=resume)
        page.wait_for_timeout(900)
        assert bar.manage("shell", "-v0", "-c", _PAUSED).split()[-1] == "True"
        page.locator(resume).click()
        page.locator(pause).wait_for()


def test_a_second_tap_on_a_ticket_does_not_claim_the_one_that_moved_up(people, bar: Bar):
    counter = Counter(bar, people, "TWO")
    counter.orders("Americano", "Americano")
    tablet = counter.tablet()
    tablet.locator("#col-waiting .ticket__tap:not([aria-disabled])").first.wait_for()
    first = "#col-waiting .ticket[data-number='1'] .ticket__tap"
    twice(tablet, first, apart_ms=400, after="#col-making .ticket[data-number='1']")
    tablet.wait_for_timeout(500)
    expect(ticket(tablet, "waiting", 2)).to_be_visible()


def test_a_tap_that_closes_a_panel_claims_no_ticket(people, bar: Bar):
    counter = Counter(bar, people, "PANEL")
    counter.orders("Americano")
    tablet = counter.tablet()
    expect(ticket(tablet, "waiting", 1)).to_be_visible()
    x, y = ticket(tablet, "waiting", 1).locator(".ticket__tap").evaluate(_CENTRE)
    tablet.get_by_text("Sold out", exact=True).first.click()
    expect(tablet.locator("details.panel[open]")).to_have_count(1)
    tablet.mouse.click(x, y)
    expect(tablet.locator("details.panel[open]")).to_have_count(0)
    tablet.wait_for_timeout(500)
    expect(ticket(tablet, "waiting", 1)).to_be_visible()
    tablet.mouse.click(x, y)
    expect(ticket(tablet, "making", 1)).to_be_visible()
