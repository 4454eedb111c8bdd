"""The baristas' screen in Chromium: pedal, sound, hints, cards that stay put, PINs; a wall that speaks."""

import json
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Page, expect

from .conftest import Bar, People

pytestmark = pytest.mark.browser
LEAST = 48
"""CSS pixels: what a finger in a hurry hits."""
_WALK_UPS = """
import json
from config import demo
from config.models import Store
from orders import commands as manager, workflow
from serverlesspresso.accounts import pins
from serverlesspresso.accounts.models import Membership, Role, User
bob, dana = User.objects.get(name="Bob"), User.objects.get(name="Dana")
store, made = Store.objects.get_or_create(slug="{slug}", defaults=dict(name="{slug}", is_open=True))
if made:
    demo.make_menu(store)
    for user, role in ((bob, Role.BARISTA), (dana, Role.MANAGER)):
        Membership.objects.create(user=user, store=store, role=role)
    pins.set_pin(store, dana.pk, "2580", by=dana)
for drink, *modifiers in json.loads('{drinks}'):
    order = manager.walk_up(store, by=dana, drink=drink, modifiers=modifiers)
    workflow.run(workflow.QUEUE, order.pk)
for number, act in json.loads('{acts}'):
    order = store.orders.get(number=number)
    getattr(__import__("orders." + act.split(".")[0], fromlist=["x"]), act.split(".")[1])(order, by=dana)
"""
_HEAR = """
window.tones = 0;
const create = AudioContext.prototype.createOscillator;
AudioContext.prototype.createOscillator = function () { window.tones++; return create.call(this); };
"""
_SPEAK = "window.said = []; speechSynthesis.speak = (words) => window.said.push([words.lang, words.text]);"

_SMALL = """least => [...document.querySelectorAll("button, summary, a, input:not([type=hidden])")]
  .filter(each => each.checkVisibility() && !each.matches(".skip-link, .choice input"))
  .filter(each => each.getBoundingClientRect().height < least - 0.5)
  .map(each => each.outerHTML.slice(0, 120))"""
_TOUCHED = """document.getElementById("col-waiting")
  .dispatchEvent(new PointerEvent("pointerdown", {bubbles: true}))"""
_HEARD = """(() => {
  const item = '<li id="o-x" class="ticket" data-number="99"></li>';
  const message = `<ul hx-swap-oob="beforeend:#col-making">${item}</ul>`;
  const heard = new CustomEvent("htmx:wsBeforeMessage", {cancelable: true, bubbles: true, detail: {message}});
  document.getElementById("main").dispatchEvent(heard);
  return heard.defaultPrevented;
})()"""


@pytest.fixture(scope="module")
def bar(tmp_path_factory):
    """One bar for all these tests; each has a store of its own in it."""
    bar = Bar(tmp_path_factory.mktemp("bar")).start()
    yield bar
    bar.stop()


class Counter:
    """A store of its own, its orders, and Bob's tablet."""

    def __init__(self, bar: Bar, people: People, slug: str):
        self.bar, self.people, self.slug = bar, people, slug

    def orders(self, *drinks: str | list[str], acts: tuple[tuple[int, str], ...] = ()) -> None:
        """Type in walk-ups, a drink each or a list of drink and options; then Dana's acts on numbers."""
        lists = json.dumps([[drink] if isinstance(drink, str) else drink for drink in drinks])
        code = _WALK_UPS.format(slug=self.slug, drinks=lists, acts=json.dumps(acts))
        self.bar.manage("shell", "-v0", "-c", code)

    def tablet(self, script: str = "", **options) -> Page:
        """Bob's tablet, live."""
        page = self.people.window("tablet", **options)
        if script:
            page.add_init_script(script)
        self.people.sign_in(page, "barista", f"/barista/{self.slug}/")
        expect(page.locator("[data-freshness]").first).to_have_text("Live")
        return page

    def wall(self, script: str, query: str = "") -> Page:
        """The wall, live."""
        page = self.people.window("tv")
        page.add_init_script(script)
        self.people.sign_in(page, "administrator", f"/display/{self.slug}/{query}")
        expect(page.locator("[data-freshness]")).to_have_text("Live")
        return page


@pytest.fixture
def counter(bar, people, request):
    slug = "".join(word[0] for word in request.node.originalname.split("_")).upper()[:20]
    return Counter(bar, people, slug)


def ticket(page: Page, lane: str, number: int):
    return page.locator(f"#col-{lane} .ticket[data-number='{number}']")


def test_enter_takes_the_next_ticket_and_space_says_that_it_is_ready(counter):
    counter.orders("Americano", "Americano")
    tablet = counter.tablet()
    expect(ticket(tablet, "waiting", 2)).to_be_visible()

    tablet.keyboard.press("Enter")
    expect(ticket(tablet, "making", 1)).to_be_visible()
    tablet.wait_for_timeout(400)  # a press so soon after another counts once
    tablet.keyboard.press("Space")
    expect(ticket(tablet, "ready", 1)).to_be_visible()
    expect(ticket(tablet, "waiting", 2)).to_be_visible()


def test_the_pedal_does_nothing_to_what_a_finger_touched_last(counter):
    counter.orders("Americano")
    tablet = counter.tablet()
    tablet.locator("#sound").click()
    expect(tablet.locator("#sound")).to_have_attribute("aria-pressed", "true")
    tablet.keyboard.press("Enter")
    expect(ticket(tablet, "making", 1)).to_be_visible()
    expect(tablet.locator("#sound")).to_have_attribute("aria-pressed", "true")


def test_who_types_a_name_takes_no_ticket(counter):
    counter.orders("Americano")
    tablet = counter.tablet()
    tablet.get_by_text("Walk-up").click()
    tablet.fill("#walk-up-name", "Zoe")
    tablet.press("#walk-up-name", "Space")
    tablet.press("#walk-up-name", "Enter")
    tablet.wait_for_timeout(500)
    expect(ticket(tablet, "waiting", 1)).to_be_visible()


def test_a_new_order_sounds_until_somebody_touches_the_screen_and_the_device_remembers(counter):
    counter.orders()
    tablet = counter.tablet(_HEAR)
    tablet.locator("#sound").click()
    tablet.reload()
    expect(tablet.locator("[data-freshness]").first).to_have_text("Live")
    tablet.mouse.click(5, 5)  # browsers want a touch before a page may sound
    assert tablet.evaluate("tones") == 0

    counter.orders("Americano")
    expect(tablet.locator("html")).to_have_attribute("data-ringing", "")
    first = tablet.evaluate("tones")
    assert first >= 2
    tablet.wait_for_timeout(7_000)
    assert tablet.evaluate("tones") > first, "again, because nobody has seen it"

    tablet.mouse.click(5, 5)
    expect(tablet.locator("html")).not_to_have_attribute("data-ringing", "")
    quiet = tablet.evaluate("tones")
    tablet.wait_for_timeout(7_000)
    assert tablet.evaluate("tones") == quiet


def test_what_there_is_to_make_in_all_and_what_goes_together(counter):
    counter.orders(["Cappuccino", "Oat"], "Americano", ["Flat White", "Oat"], ["Flat White", "Regular"])
    tablet = counter.tablet()

    totals = [" ".join(text.split()) for text in tablet.locator("#all-day > span > span").all_inner_texts()]
    assert totals == ["2 Flat White", "1 Americano", "1 Cappuccino", "2 Oat", "1 Regular"]
    expect(ticket(tablet, "waiting", 1)).to_contain_text("Next with Oat: 3")
    expect(tablet.locator(".ticket__alike")).to_have_count(1)

    ticket(tablet, "waiting", 1).locator(".ticket__tap").click()
    expect(ticket(tablet, "making", 1)).to_contain_text("Next with Oat: 3")
    shown = tablet.locator("#col-waiting .ticket").evaluate_all("all => all.map(each => each.dataset.number)")
    assert shown == ["2", "3", "4"], "a hint only: the queue stays as it is"


def test_cards_stay_put_for_a_second_under_a_finger(counter):
    counter.orders("Americano")
    tablet = counter.tablet()
    expect(ticket(tablet, "waiting", 1)).to_be_visible()
    # just after a pulse nothing else comes that would draw the lanes anew
    at = tablet.evaluate("document.getElementById('pulse').dataset.at")
    tablet.wait_for_function(
        "at => document.getElementById('pulse').dataset.at !== at", arg=at, timeout=15_000
    )

    assert not tablet.evaluate(_HEARD), "nobody touches anything: it goes through at once"
    assert tablet.evaluate(_TOUCHED)
    assert tablet.evaluate(_HEARD), "put off"
    assert ticket(tablet, "making", 99).count() == 0
    expect(ticket(tablet, "making", 99)).to_be_attached(timeout=3_000)


def test_a_cancelled_ticket_stays_until_somebody_has_seen_it_and_then_goes_everywhere(counter):
    counter.orders("Americano", acts=((1, "commands.claim"),))
    bob, other = counter.tablet(), counter.tablet()
    ticket(bob, "making", 1).locator(".more summary").click()
    ticket(bob, "making", 1).get_by_role("button", name="Machine trouble", exact=False).click()
    expect(bob.locator("#col-making .ticket--struck")).to_be_visible(timeout=15_000)  # held back for "Undo"
    expect(other.locator("#col-making .ticket--struck")).to_contain_text("It was cancelled.")
    other.reload()
    other.locator(".ticket--struck .ticket__tap").click()
    expect(other.locator(".ticket--struck")).to_have_count(0)
    expect(bob.locator(".ticket--struck")).to_have_count(0)


def test_somebody_else_takes_over_the_tablet_with_a_pin(counter):
    counter.orders("Americano")
    tablet = counter.tablet()
    tablet.locator("#who > summary").click()
    tablet.locator("#who").get_by_label("Dana").check()
    tablet.fill("#who-pin", "0000")
    tablet.press("#who-pin", "Enter")
    expect(tablet.locator("#notice")).to_contain_text("not this person’s PIN")
    tablet.fill("#who-pin", "2580")
    tablet.press("#who-pin", "Enter")
    expect(tablet.locator("#who > summary")).to_contain_text("Dana")
    ticket(tablet, "waiting", 1).locator(".ticket__tap").click()
    expect(ticket(tablet, "making", 1)).to_have_class("ticket ticket--mine")


def test_a_number_is_found_and_made_again(counter):
    counter.orders("Americano", acts=((1, "commands.complete"), (1, "commands.collect")))
    tablet = counter.tablet()
    tablet.get_by_label("Find a number").click()
    tablet.keyboard.type("1")
    tablet.get_by_role("button", name="Make again").click()
    expect(ticket(tablet, "waiting", 2)).to_be_visible()


def test_every_target_is_large_enough_and_nothing_lies_outside(counter):
    counter.orders("Americano", ["Flat White", "Oat"], acts=((1, "commands.claim"),))
    tablet = counter.tablet()
    tablet.locator(".ticket .more summary").first.click()
    for width, height in ((1180, 820), (820, 1180), (390, 844)):
        tablet.set_viewport_size({"width": width, "height": height})
        assert tablet.evaluate(_SMALL, LEAST) == [], f"{width}×{height}"
        assert tablet.evaluate("document.documentElement.scrollWidth") <= width


def test_the_wall_speaks_when_it_was_told_to_and_says_a_number_again_when_it_is_called_again(counter):
    counter.orders("Americano", "Americano", acts=((1, "commands.complete"),))
    wall = counter.wall(_SPEAK)
    counter.orders(acts=((2, "commands.complete"),))
    expect(wall.locator("#ready > li")).to_have_count(2)
    assert wall.evaluate("said") == []

    wall.get_by_role("button", name="Speak the numbers").press("Enter")
    counter.orders(acts=((1, "staff_commands.call_again"),))
    expect(wall.locator("#ready [data-number='1'][data-new]")).to_be_visible()
    assert wall.evaluate("said") == [["en", "Number 1 is ready."]]


def test_the_wall_changes_its_language_without_losing_its_place(counter, bar):
    counter.orders("Americano")
    store = f"Store.objects.filter(slug='{counter.slug}')"
    code = f"from config.models import Store; {store}.update(second_language='pt-br')"
    bar.manage("shell", "-v0", "-c", code)
    wall = counter.wall("")
    wall.clock.install()
    wall.reload()
    expect(wall.locator("[data-freshness]")).to_have_text("Live")
    expect(wall.locator(".column--preparing h2")).to_have_text("Preparing")

    wall.clock.run_for(21_000)
    expect(wall.locator("html")).to_have_attribute("lang", "pt-br")
    expect(wall.locator(".column--preparing h2")).not_to_have_text("Preparing")
    counter.orders("Double Espresso")
    expect(wall.locator("#preparing > li")).to_have_count(2)
    wall.clock.run_for(22_000)
    expect(wall.locator("html")).to_have_attribute("lang", "en")
    expect(wall.locator("#preparing > li")).to_have_count(2)


def test_a_phones_camera_reads_the_poster(counter, bar, tmp_path: Path):
    counter.orders()
    page = counter.tablet()
    page.goto(f"{bar.url}/display/{counter.slug}/poster/")
    page.screenshot(path=tmp_path / "poster.png", full_page=True)
    [found] = zxingcpp.read_barcodes(Image.open(tmp_path / "poster.png"))
    assert found.text == f"{bar.url}/s/{counter.slug}/"
