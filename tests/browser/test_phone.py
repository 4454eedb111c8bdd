"""What only a phone's browser can show: a place offered live, a ring, a page that is right again at once."""

import json

import pytest
from playwright.sync_api import Page, expect

from .test_story import name_myself, order

pytestmark = pytest.mark.browser

_SCENE = (
    "import datetime as dt; from config.models import Store; from display import qr_codes as codes; "
    "from display.models import Code; s = Store.objects.get(); c = codes.current_code(s); "
    "Code.objects.filter(pk=c.pk).update(ends_at=c.starts_at + dt.timedelta(days=1)); c.refresh_from_db(); "
)
"""The running code runs all day, so that none ends in the middle of a test."""
_USED_UP = "[codes.take_hold(c, browser=f'b{n}') for n in range(c.remaining)]"


def scene(bar, act: str) -> str:
    """Something happens at the bar; what it printed."""
    return bar.manage("shell", "-v0", "-c", _SCENE + act).strip()


def scanned(people, bar, name: str = "Alice", **options) -> Page:
    """A phone that has scanned the code and sees the menu."""
    phone = people.window("phone", **options)
    token = scene(bar, "print(c.token)").split()[-1]
    phone.goto(f"{bar.url}/q/{token}")
    name_myself(phone, name)
    expect(phone.locator(".choosing")).to_be_visible()
    return phone


def until(phone: Page, holds: str) -> None:
    """Wait for something to be true in the page, asked from outside: its policy allows no evaluating."""
    for _ in range(150):
        if phone.evaluate(holds):
            return
        phone.wait_for_timeout(100)
    raise AssertionError(f"never: {holds}")


def complete(bar) -> None:
    scene(
        bar,
        "from orders import commands; from orders.models import Order;"
        " from serverlesspresso.accounts.models import User;"
        " commands.complete(Order.objects.get(), by=User.objects.get(name='Bob'))",
    )


def test_who_finds_the_code_used_up_is_offered_the_next_live(people, bar):
    token = scene(bar, _USED_UP + "; print(c.token)").split()[-1]
    phone = people.window("phone")
    phone.goto(f"{bar.url}/q/{token}")
    phone.get_by_role("button", name="Tell me when there is room").click()
    name_myself(phone, "Wendy")
    expect(phone.get_by_role("heading", name="You’re next")).to_be_visible()
    phone.evaluate("navigator.vibrate = (pattern) => { window.buzzed = pattern; }")
    scene(bar, "codes.new_code_now(s)")
    expect(phone.get_by_role("heading", name="It’s your turn")).to_be_visible()
    expect(phone).to_have_title("It’s your turn · Serverlesspresso Bar")
    assert phone.evaluate("window.buzzed")
    phone.get_by_role("button", name="Order now").click()
    expect(phone.locator(".choosing")).to_be_visible()


def test_the_walls_code_for_the_list_leads_there_by_itself(people, bar):
    proof = scene(bar, _USED_UP + "; from display import wall_proof as seen; print(seen.proof(c))").split()[
        -1
    ]
    phone = people.window("phone")
    phone.goto(f"{bar.url}/q/{proof}")
    name_myself(phone, "Wendy")
    expect(phone.get_by_role("heading", name="You’re next")).to_be_visible()


def test_sound_is_asked_for_once_and_rings_when_the_drink_is_ready(people, bar):
    phone = scanned(people, bar)
    order(phone, "Americano")
    button = phone.locator("[data-sound]")
    expect(button).to_have_attribute("aria-pressed", "false")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(button).to_have_text("Sound is on")
    phone.evaluate(
        "() => { const start = OscillatorNode.prototype.start; window.rung = 0;"
        " OscillatorNode.prototype.start = function (...at) { window.rung += 1; start.apply(this, at); }; }"
    )
    complete(bar)
    expect(phone.locator("#order[data-status=ready]")).to_be_visible()
    until(phone, "window.rung >= 2")
    expect(phone).to_have_title("1 is ready · Serverlesspresso")
    phone.reload()
    assert phone.evaluate("localStorage.getItem('sound')") == "on"


def test_a_phone_that_wakes_asks_at_once(people, bar):
    phone = scanned(people, bar)
    order(phone, "Americano")
    phone.context.set_offline(True)
    complete(bar)
    phone.wait_for_timeout(500)
    expect(phone.locator("#order[data-status=queued]")).to_be_attached()
    with phone.expect_response(lambda answer: "/orders/" in answer.url and answer.ok, timeout=5000):
        phone.context.set_offline(False)  # the browser says "online"
    expect(phone.locator("#order[data-status=ready]")).to_be_visible(timeout=5000)


def test_an_order_that_is_over_is_not_spoken_of_without_a_network(people, bar):
    phone = scanned(people, bar)
    order(phone, "Americano")
    assert json.loads(phone.evaluate("localStorage.getItem('last-order')"))["number"] == "1"
    complete(bar)
    phone.locator(".dock button").click()
    expect(phone.locator("#order[data-status=collected]")).to_be_visible(timeout=15_000)
    assert phone.evaluate("localStorage.getItem('last-order')") == "null"


def sell_out(bar, drink: str, option: str = "") -> None:
    scene(
        bar, f"from config import services; services.set_available(s, {drink!r}, False, {option!r} or None)"
    )


def test_order_with_nothing_chosen_answers_in_a_sentence_on_the_page(people, bar):
    phone = scanned(people, bar)
    phone.locator(".dock button").click()
    expect(phone.locator("#missing")).to_have_text("Nothing is chosen yet. Choose a drink first.")
    phone.locator(".offer", has=phone.get_by_text("Americano", exact=True)).locator("> label").click()
    expect(phone.locator("#missing")).to_be_hidden()
    assert order(phone, "Americano") == "1"


def test_what_was_ticked_and_sells_out_is_said_and_nothing_else_is_ticked_instead(people, bar):
    phone = scanned(people, bar)
    cappuccino = phone.locator(".offer", has=phone.get_by_text("Cappuccino", exact=True))
    cappuccino.locator("> label").click()
    cappuccino.get_by_label("Oat", exact=True).click()
    sell_out(bar, "Cappuccino", "Oat")
    expect(phone.locator("#missing")).to_have_text("Oat has just run out. Please choose again.")
    assert phone.locator(".choosing .options input:checked").count() == 0
    phone.locator(".dock button").click()
    phone.wait_for_timeout(500)
    expect(phone.locator("#order[data-status=choosing]")).to_be_attached()
    expect(phone.locator("#missing")).to_be_visible()
    cappuccino.get_by_label("Regular", exact=True).click()
    expect(phone.locator("#missing")).to_be_hidden()
    sell_out(bar, "Cappuccino")
    expect(phone.locator("#missing")).to_have_text("Cappuccino has just run out. Please choose again.")
    assert order(phone, "Flat White", "Regular") == "1"


@pytest.mark.parametrize(("width", "height"), [(390, 844), (320, 568)])
def test_the_button_that_sends_never_lies_over_a_sentence(people, bar, width, height):
    phone = scanned(people, bar)
    phone.set_viewport_size({"width": width, "height": height})
    over = """() => {
      const dock = document.querySelector(".dock").getBoundingClientRect();
      const hint = document.getElementById("cup-name-hint").getBoundingClientRect();
      return hint.bottom > dock.top && hint.top < dock.bottom;
    }"""
    for top in range(0, 1200, 60):
        phone.evaluate("top => scrollTo(0, top)", top)
        assert not phone.evaluate(over), top


def test_a_new_name_of_the_bar_reaches_a_phone_and_what_is_typed_stays(people, bar):
    phone = scanned(people, bar)
    phone.fill("#cup-name", "Alicia")
    phone.wait_for_timeout(9_000)  # a pulse has told which settings the page was made from
    zone = phone.locator("html").get_attribute("data-zone")
    scene(bar, "s.timezone = 'Asia/Tokyo'; s.save(update_fields=['timezone'])")
    expect(phone.locator("html")).not_to_have_attribute("data-zone", zone)
    assert phone.input_value("#cup-name") == "Alicia"
    assert order(phone, "Americano") == "1"
