"""Every page in every state is for everybody: axe finds nothing, nor do the checks of what axe cannot see.

And none of them asks for anything that its content security policy forbids.
"""

from importlib import resources

import pytest
from playwright.sync_api import Page, expect

from .conftest import SIZES
from .policy import Listener, add_style
from .screens import DISPLAY, SCREENS, Screen, Tour

pytestmark = pytest.mark.browser
_AXE = resources.files("axe_playwright_python").joinpath("axe.min.js").read_text()
_WCAG = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
_CONTRAST = {"type": "rule", "values": ["color-contrast"]}
_MORE_CONTRAST = {"type": "rule", "values": ["color-contrast-enhanced"]}
_RUN = """(runOnly) => axe.run(document, {
    runOnly, resultTypes: ["violations"],
    ...(runOnly.type === "tag" && {rules: {"target-size": {enabled: true}}}),
  }).then((found) => found.violations.map((each) => each.id + ": " + each.nodes.slice(0, 4).map((node) =>
    node.html.slice(0, 160) + " — " + node.failureSummary.slice(0, 240)).join("\\n    ")))"""
_SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
_FOCUSED = """() => {
  const at = document.activeElement;
  if (!at || at === document.body) return null;
  const marked = (one) => one && (({outlineStyle, outlineWidth}) =>
    outlineStyle !== "none" && parseFloat(outlineWidth) >= 2)(getComputedStyle(one));
  const box = at.getBoundingClientRect(), [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
  const top = document.elementFromPoint(Math.min(Math.max(x, 0), innerWidth - 1), y);
  return {
    html: at.outerHTML.slice(0, 120),
    marked: [at, at.nextElementSibling, at.parentElement, at.closest("label")].some(marked),
    seen: !!top && (top.contains(at) || [at, ...(at.labels || [])].some((one) => one.contains(top))),
  };
}"""
_MOVING = "document.getAnimations().filter((one) => one.effect.getComputedTiming().endTime > 50).length"
BY_NAME = {screen.name: screen for screen in SCREENS}


@pytest.fixture(scope="module")
def tour(tmp_path_factory, made_once):
    """One bar in every state for all these tests."""
    tour = Tour(tmp_path_factory.mktemp("tour"), made_once)
    yield tour
    tour.bar.stop()


@pytest.fixture(scope="module")
def pages(chromium):
    """A window of each size. The pages' policy holds in them: axe comes in by the debugger's door."""
    contexts = {
        kind: chromium.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce")
        for kind, (width, height) in SIZES.items()
    }
    yield {kind: context.new_page() for kind, context in contexts.items()}
    for context in contexts.values():
        context.close()


@pytest.fixture(scope="module")
def heard(pages):
    """What each of the windows complains of."""
    return {kind: Listener(page) for kind, page in pages.items()}


def violations(page: Page, only: dict) -> list[str]:
    """What axe finds against the rules, in words."""
    page.evaluate(f"() => {{ window.axe || (() => {{ {_AXE} }})() }}")
    return page.evaluate(_RUN, only)


def cut_off(page: Page) -> list[str]:
    """What must be scrolled sideways: at 320 px (1,280 px at 400 %), and with letters twice as large."""
    found = []
    page.set_viewport_size({"width": 320, "height": 640})
    if page.evaluate(_SIDEWAYS) > 0:
        found.append("at 320 px it must be scrolled sideways")
    page.set_viewport_size({"width": 640, "height": 640})
    add_style(page, "html { font-size: 200% !important }")
    if page.evaluate(_SIDEWAYS) > 0:
        found.append("with letters twice as large it must be scrolled sideways")
    return found


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
def test_a_screen_is_for_everybody_and_keeps_to_its_policy(tour: Tour, pages, heard, screen: Screen):
    """Light and dark. A wall is not zoomed; tables of the admin are what needs two dimensions (1.4.10)."""
    kind = screen.on[0]
    page = pages[kind]
    page.set_viewport_size({"width": SIZES[kind][0], "height": SIZES[kind][1]})
    page.emulate_media(color_scheme="light")
    heard[kind].forget()
    tour.visit(page, screen)
    page.wait_for_load_state()
    assert heard[kind].complaints() == []
    add_style(page, "* { transition: none !important }")  # no colour is measured half-way
    found = violations(page, _WCAG)
    page.emulate_media(color_scheme="dark")
    found += [f"dark: {each}" for each in violations(page, _CONTRAST)]
    if kind != "tv" and not screen.path.startswith("/admin/"):
        found += cut_off(page)
    assert not found, "\n".join(found)


_BROKEN = {
    "script-src": "<script>document.title = 'mine'</script>",
    "script-src-attr": "<button type=button onclick='x()'></button><svg onload='x()'></svg>",
    "style-src-attr": "<p style='color: red'>red</p>",
    "style-src-elem": "<style>p { color: red }</style>",
    "img-src": "<img src='https://elsewhere.example/pixel.gif' alt=''>",
}
"""What must not be on a page, by the part of the policy that forbids it."""


@pytest.mark.parametrize("directive", _BROKEN)
def test_what_breaks_the_policy_is_heard(tour: Tour, chromium, directive: str):
    """Else nobody would know that the pages above were listened to."""
    page = chromium.new_page(service_workers="block")  # the one of the page would answer by itself
    listener = Listener(page)

    def break_it(route):
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.text().replace("</main>", f"{_BROKEN[directive]}</main>"))

    page.route("**/s/EMPTY/", break_it)
    page.goto(f"{tour.bar.url}/s/EMPTY/")
    said = " ".join(listener.complaints())
    page.close()
    assert f"policy: {directive}" in said


def test_an_error_in_a_script_is_heard(tour: Tour, pages, heard):
    page = pages["phone"]
    page.goto(f"{tour.bar.url}/s/EMPTY/")
    heard["phone"].forget()
    page.evaluate("setTimeout(() => { console.error('oh'); throw new Error('no') })")
    page.wait_for_timeout(50)
    said = " ".join(heard["phone"].complaints())
    assert "console: oh" in said
    assert "error: no" in said


@pytest.mark.parametrize("screen", [each for each in DISPLAY if each.live], ids=lambda screen: screen.name)
def test_a_wall_is_read_on_a_bad_projector(tour: Tour, pages, screen: Screen):
    """Contrast of 7 to 1, where 4.5 would do (1.4.6)."""
    tour.visit(pages["tv"], screen)
    assert violations(pages["tv"], _MORE_CONTRAST) == []


@pytest.mark.parametrize(
    "name", ["order-choosing", "order-waiting", "board", "bar-used-up", "sign-in", "overview"]
)
def test_whoever_goes_by_keyboard_sees_where_they_are(tour: Tour, pages, name: str):
    """Each stop is marked, and nothing that stays in place covers it (2.4.7, 2.4.11)."""
    page = pages[BY_NAME[name].on[0]]
    page.set_viewport_size(
        {"width": 1280, "height": 600} if name in ("board", "overview") else {"width": 390, "height": 600}
    )
    tour.visit(page, BY_NAME[name])
    stops = []
    for _ in range(24):
        page.keyboard.press("Tab")
        page.wait_for_timeout(30)
        if stop := page.evaluate(_FOCUSED):
            stops.append(stop)
    assert len(stops) >= 3
    assert [stop["html"] for stop in stops if not stop["marked"]] == [], "not marked"
    assert [stop["html"] for stop in stops if not stop["seen"]] == [], "covered"


@pytest.mark.parametrize("name", ["order-ready", "order-waiting", "board", "wall-open", "turn-offered"])
def test_nothing_moves_for_who_wants_no_motion(tour: Tour, pages, name: str):
    page = pages[BY_NAME[name].on[0]]
    tour.visit(page, BY_NAME[name])
    assert page.evaluate(_MOVING) == 0


def test_ready_interrupts_and_the_place_in_the_queue_does_not(tour: Tour, pages):
    tour.visit(pages["phone"], BY_NAME["order-ready"])
    expect(pages["phone"].get_by_role("alert").filter(has_text="ready")).to_have_count(1)
    tour.visit(pages["phone"], BY_NAME["order-waiting"])
    expect(pages["phone"].locator("#called")).to_be_empty()
    expect(pages["phone"].locator("#said[role=status]")).not_to_be_empty()


def test_more_time_is_offered_before_the_time_to_choose_is_over_and_given(tour: Tour, pages):
    """2.2.1: the clock can be set anew with one press, ten times."""
    phone = pages["phone"]
    tour.visit(phone, BY_NAME["order-choosing-hurry"])
    before = phone.evaluate("document.querySelector('[data-countdown]').dataset.countdown")
    phone.get_by_role("button", name="More time").click()
    expect(phone.locator(f".clock [data-countdown='{before}']")).to_have_count(0)
    expect(phone.locator("[data-warning]")).to_have_count(0)
