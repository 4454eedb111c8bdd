"""The wall in Chromium: its QR code read by a real decoder, nobody left out, and what it does in trouble."""

import datetime as dt
import re
import signal

import pytest
from PIL import Image, ImageFilter
from playwright.sync_api import expect

from .conftest import Bar
from .wall import Wall, decoded, eventually

pytestmark = pytest.mark.browser
WIDTH_CM = 88.6
"""How wide a 40-inch screen of 16:9 is."""
SHAPES = ((1920, 1080), (1280, 720), (1080, 1920))
_WRONG_CLOCK = """
const Right = Date;
globalThis.Date = class extends Right {
  constructor(...moment) { moment.length ? super(...moment) : super(Right.now() + WRONG_BY); }
  static now() { return Right.now() + WRONG_BY; }
};
"""


@pytest.fixture(scope="module")
def bar(tmp_path_factory):
    """One bar for all these tests; each has a store of its own in it."""
    bar = Bar(tmp_path_factory.mktemp("bar")).start()
    yield bar
    bar.stop()


@pytest.fixture
def wall(bar, people, request):
    slugs = "".join(word[0] for word in request.node.name.split("_")).upper()
    return Wall(bar, people, slugs[:20])


def test_the_code_on_the_wall_is_the_running_one_in_every_shape(bar, wall, tmp_path):
    for width, height in SHAPES:
        wall.page.set_viewport_size({"width": width, "height": height})
        assert decoded(wall.screenshot(tmp_path)) == [f"{bar.url}/q/{wall.token}"], f"{width}×{height}"


def test_the_code_is_read_from_3_metres_on_a_40_inch_screen(bar, wall, tmp_path):
    """It is a tenth of the distance wide, its quiet zone not counted. And it is read as a phone sees it:
    a picture of 70 degrees and 1,080 pixels across, from 3 m, has 2.6 pixels for a centimetre, none sharp."""
    code = wall.page.locator(".code__qr svg")
    modules = int(code.get_attribute("viewBox").split()[-1])
    symbol = code.bounding_box()["width"] * (modules - 8) / modules
    assert symbol / 1920 * WIDTH_CM >= 30
    seen = wall.screenshot(tmp_path)
    width = round(WIDTH_CM * 2.6)
    seen = seen.resize((width, width * 9 // 16), Image.Resampling.LANCZOS).filter(
        ImageFilter.GaussianBlur(0.5)
    )
    assert decoded(seen) == [f"{bar.url}/q/{wall.token}"]


def test_nothing_scrolls_and_everything_is_on_the_screen(wall):
    beyond = (
        "(({scrollHeight: h, scrollWidth: w}) => Math.max(h - innerHeight, w - innerWidth))(document.body)"
    )
    for width, height in SHAPES:
        wall.page.set_viewport_size({"width": width, "height": height})
        assert wall.page.evaluate(beyond) <= 0
        for part in (".code", "#left", "#preparing", "#ready", ".wall__foot"):
            expect(wall.page.locator(part)).to_be_visible()
            box = wall.page.locator(part).bounding_box()
            assert box["x"] >= 0 and box["x"] + box["width"] <= width + 1, (part, box)
            assert box["y"] >= 0 and box["y"] + box["height"] <= height + 1, (part, box)


def test_sixty_ready_drinks_are_all_shown_page_by_page_and_forty_preparing_are_counted(wall):
    wall.control_time()
    wall.fill(ready=60, waiting=40)
    expect(wall.page.locator("#ready > li")).to_have_count(60)
    expect(wall.page.locator("#preparing > li")).to_have_count(40)
    wall.page.clock.run_for(1_000)
    more = int(wall.page.locator(".column__more").inner_text().strip("+ more"))
    assert len(wall.numbers("preparing")) + more == 40
    pages = [wall.numbers("ready")]
    for _ in range(20):
        wall.page.clock.run_for(2_000)
        pages.append(wall.numbers("ready"))
    assert set.union(*pages) == {str(number) for number in range(1, 61)}
    assert max(len(page) for page in pages) < 60, "they are pages, not all at once"


@pytest.mark.parametrize("minutes", [120, -90])
def test_the_walls_clock_is_the_servers_whatever_the_device_believes(wall, minutes):
    wall.page.add_init_script(_WRONG_CLOCK.replace("WRONG_BY", str(minutes * 60_000)))
    wall.page.reload()
    expect(wall.page.locator("[data-freshness]")).to_have_text("Live")
    clock = re.compile("|".join(f"{soon:%H:%M}" for soon in _this_minute_or_the_next()))
    expect(wall.page.locator(".wall__clock")).to_have_text(clock)


def _this_minute_or_the_next() -> list[dt.datetime]:
    now = dt.datetime.now(dt.UTC)
    return [now, now + dt.timedelta(minutes=1)]


def test_numbers_are_large_while_they_are_few(wall):
    wall.fill(ready=2)
    expect(wall.page.locator("#ready > li")).to_have_count(2)
    height = "document.querySelector('#ready .number').getBoundingClientRect().height"
    large = wall.page.evaluate(height)
    assert large >= 140, "an eighth of the screen"
    wall.fill(ready=12)
    expect(wall.page.locator("#ready > li")).to_have_count(14)
    eventually(wall.page, f"{height} < {large}")
    assert len(wall.numbers("ready")) == 14


def test_a_number_that_becomes_ready_beckons_for_some_seconds(wall):
    wall.control_time()
    wall.fill(ready=1)
    row = wall.page.locator("#ready > li")
    expect(row).to_have_attribute("data-new", "")
    wall.page.clock.run_for(14_000)
    expect(row).not_to_have_attribute("data-new", "")


def test_while_the_server_is_away_the_wall_says_so_keeps_its_numbers_and_heals(bar, wall):
    wall.fill(ready=3)
    expect(wall.page.locator("#ready > li")).to_have_count(3)
    bar.stop(signal.SIGKILL)
    freshness = wall.page.locator("[data-freshness]")
    expect(freshness).to_contain_text("Reconnecting — as of")
    assert wall.numbers("ready") == {"1", "2", "3"}
    countdown = "document.querySelector('#left [data-countdown]').dataset.countdown"
    wall.page.evaluate(f"{countdown} = new Date(0).toISOString()")
    expect(wall.page.get_by_text("The next code is on its way")).to_be_visible()
    expect(wall.page.locator(".code__qr")).to_be_hidden()
    bar.start()
    expect(freshness).to_have_text("Live", timeout=20_000)
    expect(wall.page.locator(".code__qr")).to_be_visible()
    wall.fill(ready=1)
    expect(wall.page.locator("#ready > li")).to_have_count(4)


def test_a_revoked_screen_goes_dark_and_says_how_to_pair_it_again(bar, people):
    tablet = people.tablet()
    tv = people.tv(tablet)
    tablet.goto(f"{bar.url}/accounts/screens/ABC/")
    tablet.get_by_role("button", name="Unpair").first.click()
    expect(tv.get_by_role("heading", name="This screen is no longer paired")).to_be_visible()
    assert tv.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(0, 0, 0)"
    tv.get_by_role("link", name="Pair this screen again").click()
    expect(tv).to_have_url(f"{bar.url}/accounts/pair/ABC/display/")


def test_the_pointer_rests_and_f_fills_the_screen(wall):
    tv = wall.page
    tv.mouse.move(500, 500)
    expect(tv.get_by_role("button", name="Full screen")).to_have_css("opacity", "1")
    expect(tv.locator("html")).to_have_attribute("data-idle", "")
    assert tv.evaluate("getComputedStyle(document.querySelector('.wall')).cursor") == "none"
    tv.keyboard.press("f")
    eventually(tv, "!!document.fullscreenElement")
    tv.keyboard.press("F")
    eventually(tv, "!document.fullscreenElement")


def test_where_there_is_no_wake_lock_a_silent_film_keeps_the_screen_on(wall):
    tv = wall.page
    tv.add_init_script("Object.defineProperty(navigator, 'wakeLock', {value: undefined})")
    tv.reload()
    expect(tv.locator("video.awake")).to_be_attached()
    eventually(
        tv,
        "(v => !v.paused && v.muted && v.loop && v.currentTime > 0)(document.querySelector('video.awake'))",
    )


def test_a_screen_that_missed_a_code_asks_for_it(wall):
    wall.page.evaluate("document.getElementById('code').dataset.panel = 'open-0'")
    eventually(
        wall.page,
        "document.getElementById('code').dataset.panel === document.getElementById('left').dataset.panel",
    )


def test_hours_of_snapshots_add_nothing_to_the_page(wall):
    wall.fill(ready=30)
    expect(wall.page.locator("#ready > li")).to_have_count(30)
    wall.page.wait_for_timeout(500)
    elements = "document.querySelectorAll('*').length"
    before = wall.page.evaluate(elements)
    poll = "htmx.ajax('GET', main.dataset.poll, {source: main, target: main, swap: 'none'})"
    for _ in range(30):
        wall.page.evaluate(f"(main => {poll})(document.getElementById('main'))")
    eventually(wall.page, f"{elements} === {before}")


def test_a_wall_that_may_not_speak_yet_says_so_and_speaks_after_a_touch(wall):
    tv = wall.page
    tv.evaluate("localStorage.setItem('speak', 'yes')")
    tv.reload()
    expect(tv.locator("[data-freshness]")).to_have_text("Live")
    speak, silent = tv.locator("[data-speak]"), tv.get_by_text("Silent: touch this screen once")
    expect(speak).to_have_attribute("aria-pressed", "false")
    expect(silent).to_be_visible()
    tv.mouse.click(900, 300)
    expect(speak).to_have_attribute("aria-pressed", "true")
    expect(silent).to_be_hidden()
    tv.evaluate("void (speechSynthesis.speak = (words) => words.onerror({error: 'not-allowed'}))")
    wall.fill(ready=1)
    expect(silent).to_be_visible()
    expect(speak).to_have_attribute("aria-pressed", "false")


def test_a_wake_lock_that_is_taken_back_is_asked_for_again_and_else_the_film_plays(wall):
    tv = wall.page
    tv.add_init_script(
        "window.locks = []; Object.defineProperty(navigator, 'wakeLock', {value: {request: async () => {"
        " if (window.refuses) throw new Error('battery');"
        " locks.push(new EventTarget()); return locks.at(-1); }}})"
    )
    tv.reload()
    expect(tv.locator("html")).to_have_attribute("data-awake", "yes")
    tv.evaluate("locks.at(-1).dispatchEvent(new Event('release'))")
    eventually(tv, "locks.length === 2")
    expect(tv.locator("html")).to_have_attribute("data-awake", "yes")
    tv.evaluate("window.refuses = true; locks.at(-1).dispatchEvent(new Event('release'))")
    expect(tv.locator("html")).to_have_attribute("data-awake", "no")
    expect(tv.locator("video.awake")).to_be_attached()


def test_a_wall_whose_script_cannot_be_read_says_so_and_hides_the_code(wall, people):
    tv = wall.page
    tv.route("**/static/js/*", lambda route: route.fulfill(body="a ?.= (", content_type="text/javascript"))
    tv.reload()
    expect(tv.get_by_text("This page cannot update by itself")).to_be_visible(timeout=30_000)
    expect(tv.locator(".code__qr")).to_be_hidden()
    people.complaints.clear()  # of the script


def test_a_wall_follows_its_settings_without_a_keyboard(bar, wall):
    tv = wall.page
    expect(tv.locator(".column--preparing h2")).to_have_text("Preparing")
    tv.wait_for_timeout(9_000)  # a pulse has told which settings it was made from
    change = (
        "from config.models import Store; s = Store.objects.get(slug='{}'); {}; s.save(update_fields=[{!r}])"
    )
    bar.manage("shell", "-v0", "-c", change.format(wall.slug, "s.language = 'es'", "language"))
    expect(tv.locator("html")).to_have_attribute("lang", "es")
    expect(tv.locator(".column--preparing h2")).not_to_have_text("Preparing")
    expect(tv.locator("[data-freshness]")).to_have_attribute("data-state", "live")
    bar.manage("shell", "-v0", "-c", change.format(wall.slug, "s.second_language = 'en'", "second_language"))
    eventually(tv, "document.getElementById('main').dataset.alternates === 'es en'")
    wall.fill(ready=1)
    expect(tv.locator("#ready > li")).to_have_count(1)


def test_nobody_who_passes_by_changes_the_language_in_full_screen(wall):
    tv = wall.page
    tv.keyboard.press("f")
    eventually(tv, "!!document.fullscreenElement")
    tv.mouse.move(500, 500)
    expect(tv.locator(".wall__tools")).to_be_hidden()
    expect(tv.locator(".wall__foot")).to_be_visible()
