"""Brings a demo bar into every state, in real Chromium windows, and takes pictures (bin/screenshots)."""

import argparse
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import compose
from playwright.sync_api import Page, sync_playwright

from serverlesspresso.tests.browser.conftest import FLAGS, ROOT, Bar, People

LANGUAGES = ("en", "pt-br")
Theme = Literal["light", "dark"]
FIRST = 23
"""How many numbers the bar has given before anybody looks."""

_BESIDE = """
import sys
sys.path.insert(0, "docs/pictures")
import scene
scene.{call}
"""


def _as_it_is(page: Page) -> None:
    """Nothing is done before the picture."""


class Studio:
    """A busy bar, and a folder for the pictures of it."""

    def __init__(self, bar: Bar, people: People, folder: Path, everything: bool, only: list[str]):
        self.bar, self.people, self.folder = bar, people, folder
        self.everything, self.only = everything, only
        self.taken: dict[tuple[str, str], Path] = {}
        self.windows: dict[tuple[str, str], Page] = {}

    def act(self, call: str) -> str:
        """Let something happen beside the bar (scene.py); what it printed."""
        return self.bar.manage("shell", "-v0", "-c", _BESIDE.format(call=call)).strip()

    def take(
        self,
        page: Page,
        name: str,
        prepare: Callable[[Page], None] = _as_it_is,
        *,
        address: str = "",
        themes: Sequence[Theme] = ("light", "dark"),
        speaks: str = "cookie",
    ) -> None:
        """A picture of this address in every language, light and dark; unless it is not asked for.

        `prepare` does what must be done on the page before; `speaks` is how it is asked for a language.
        """
        if self.only and not name.startswith(tuple(self.only)):
            return
        address = address or page.url
        for language in LANGUAGES:
            page.context.add_cookies([{"name": "language", "value": language, "url": self.bar.url}])
            for theme in themes if self.everything else themes[:1]:
                page.emulate_media(color_scheme=theme)
                page.goto(f"{address}?lang={language}" if speaks == "address" else address)
                self._settle(page)
                prepare(page)
                page.wait_for_timeout(350)
                file = ".".join([name, language, *([theme] if len(themes) > 1 else [])])
                page.screenshot(path=self.folder / f"{file}.png")
                self.taken[name, language] = self.folder / f"{file}.png"

    def _settle(self, page: Page) -> None:
        page.wait_for_timeout(500)
        if page.locator("[data-live]").count():
            page.locator("html[data-connection=live]").wait_for(timeout=15_000)

    # -- phones ------------------------------------------------------------------------------------

    def scan(self, name: str = "") -> Page:
        """A phone that has scanned the code; with a name, at the menu."""
        phone = self.people.window("phone")
        phone.goto(f"{self.bar.url}/q/{self.act('token()')}")
        phone.wait_for_url("**/accounts/enter/**")
        if name:
            phone.fill("input[name=name]", name)
            phone.press("input[name=name]", "Enter")
            phone.locator(".choosing").wait_for()
        return phone

    def order(self, phone: Page) -> str:
        """Order a Cappuccino with oat milk; the order's id."""
        choose(phone)
        phone.locator(".dock button").click()
        phone.locator("#order[data-status=queued]").wait_for()
        return phone.url.rstrip("/").split("/")[-1]

    def alice(self) -> Page:
        """An order from the scan to the cup. The phone, and what is taken while the order waits."""
        if self.everything:
            self.take(self.scan(), "phone-01-name")
        phone = self.scan("Alice")
        self.take(phone, "phone-02-menu")
        self.take(phone, "phone-03-choice", choose)
        order = self.order(phone)
        self.take(phone, "phone-04-waiting")
        self.staff_screens()
        if self.everything:
            self.take(phone, "phone-05-swap", address=f"{phone.url}swap/")
            self.take(phone, "phone-20-already-ordering", address=f"{self.bar.url}/q/{self.act('token()')}")
            phone.goto(f"{self.bar.url}/orders/{order}/")
        self.act(f"make({order!r})")
        self.take(phone, "phone-06-making")
        self.act(f"complete({order!r})")
        self.take(phone, "phone-07-ready")
        if self.everything:
            self.act(f"collect({order!r})")
            self.take(phone, "phone-08-collected")
            self.take(phone, "phone-09-my-orders", address=f"{self.bar.url}/orders/")
        return phone

    def ends(self) -> None:
        """Orders that end badly, and what is refused."""
        charlie = self.scan("Charlie")
        self.act(f"cancel({self.order(charlie)!r})")
        self.take(charlie, "phone-10-cancelled")
        self.bar.manage("store", "ABC", "--customer-s", "5")
        late = self.scan("Nina")
        late.locator("#order[data-status=timed_out]").wait_for(timeout=20_000)
        self.take(late, "phone-11-timed-out")
        self.bar.manage("store", "ABC", "--customer-s", "300")
        self.take(late, "phone-21-no-such-code", address=f"{self.bar.url}/q/{'x' * 22}")
        self.take(late, "phone-12-bar-open", address=f"{self.bar.url}/s/ABC/")
        self.take(late, "phone-30-home", address=f"{self.bar.url}/")
        self.take(late, "phone-31-staff-sign-in", address=f"{self.bar.url}/accounts/login/")
        self.take(late, "phone-32-nothing-here", address=f"{self.bar.url}/nothing-here/")
        with self.store("--capacity", "1", back=("--capacity", "20")):
            self.take(late, "phone-13-bar-full", address=f"{self.bar.url}/s/ABC/")
            self.take(late, "phone-22-queue-full", address=f"{self.bar.url}/q/{self.act('token()')}")
            self.wall("wall-03-full")
        self.act("pause(True)")
        self.take(late, "phone-14-bar-paused", address=f"{self.bar.url}/s/ABC/")
        self.take(late, "phone-23-paused", address=f"{self.bar.url}/q/{self.act('token()')}")
        self.wall("wall-04-paused")
        self.tablet("tablet-06-paused")
        self.act("pause(False)")
        token = self.act("token()")
        with self.store("--closed", back=("--open",)):
            self.take(late, "phone-15-bar-closed", address=f"{self.bar.url}/s/ABC/")
            self.take(late, "phone-24-closed", address=f"{self.bar.url}/q/{token}")
            self.wall("wall-05-closed")
            self.tablet("tablet-07-closed", role="manager")
        self.act("use_up()")
        self.take(
            self.people.window("phone"), "phone-25-used-up", address=f"{self.bar.url}/q/{self.act('token()')}"
        )
        self.wall("wall-02-used-up")

    @contextmanager
    def store(self, *change: str, back: tuple[str, ...]) -> Iterator[None]:
        """The store is like this for a while."""
        self.bar.manage("store", "ABC", *change)
        yield
        self.bar.manage("store", "ABC", *back)

    # -- wall, tablets, admin ----------------------------------------------------------------------

    def staff_screens(self) -> None:
        """The wall and the tablets of a busy bar."""
        self.wall("wall-01-open")
        self.tablet("tablet-01-board")
        if self.everything:
            self.tablet("tablet-02-more", lambda page: page.locator(".ticket .more summary").first.click())
            self.tablet("tablet-03-sold-out", lambda page: panel(page, 1))
            self.tablet("tablet-04-walk-up", lambda page: panel(page, 0))
            self.tablet("tablet-05-menu", lambda page: panel(page, 2))
            self.tablet("tablet-08-closing", lambda page: page.locator("#closing summary").click(), "manager")

    def wall(self, name: str) -> None:
        """The TV: always dark."""
        page = self.window("tv", "administrator", "/display/ABC/")
        address = f"{self.bar.url}/display/ABC/"
        self.take(page, name, nobody_there, address=address, themes=("dark",), speaks="address")

    def tablet(self, name: str, prepare=_as_it_is, role: str = "barista") -> None:
        """The baristas' board."""
        page = self.window("tablet", role, "/barista/ABC/")
        self.take(page, name, prepare, address=f"{self.bar.url}/barista/ABC/")

    def window(self, kind: str, role: str, path: str) -> Page:
        """A window that staff are signed in to; opened once."""
        if (kind, role) not in self.windows:
            self.windows[kind, role] = self.people.sign_in(self.people.window(kind), role, path)
        return self.windows[kind, role]

    def screens(self) -> None:
        """Pairing, and a full wall."""
        tv = self.people.window("tv")
        self.take(tv, "wall-07-pairing", address=f"{self.bar.url}/display/ABC/", themes=("dark",))
        page = self.window("tablet", "manager", "/barista/ABC/")
        self.take(page, "tablet-09-screens", address=f"{self.bar.url}/accounts/screens/ABC/")
        self.act("crowd()")
        self.wall("wall-06-crowd")
        self.tablet("tablet-10-crowd")

    def admin(self) -> None:
        """What managers and administrators see."""
        page = self.window("tablet", "administrator", "/admin/")
        page.set_viewport_size({"width": 1440, "height": 900})
        for number, path in enumerate(
            (
                "",
                "config/store/",
                "config/store/1/change/",
                "config/drink/",
                "config/modifiergroup/1/change/",
                "orders/order/",
            )
        ):
            name = f"admin-{number:02}-{path.rstrip('/').replace('/', '-') or 'home'}"
            self.take(page, name, address=f"{self.bar.url}/admin/{path}")

    def organisers(self) -> None:
        """The set-up, page by page, and what organisers watch and count; on a tablet and on a phone."""
        setup = ("bar", "phones", "hours", "menu", "limits", "sign-in", "people", "screens", "opening")
        paths = ["new/", "ABC/", "ABC/menu/", "ABC/figures/", *(f"ABC/setup/{name}/" for name in setup)]
        for kind in ("tablet", "phone"):
            page = self.window(kind, "administrator", "/organise/")
            for number, path in enumerate(paths):
                name = f"organise-{kind}-{number:02}-{path.removesuffix('/').rpartition('/')[2]}"
                self.take(page, name, address=f"{self.bar.url}/organise/{path}")


def choose(phone: Page) -> None:
    """A Cappuccino with oat milk, not sent yet."""
    offer = phone.locator(".offer", has=phone.locator("input[value=Cappuccino]"))
    offer.locator("> label").click()
    offer.locator(".choice", has=phone.locator("input[value=Oat]")).click()


def nobody_there(page: Page) -> None:
    """The wall's buttons show themselves only to somebody at its mouse."""
    page.evaluate("document.documentElement.dataset.idle = ''")
    page.wait_for_timeout(600)


def panel(page: Page, place: int) -> None:
    """Open one of the panels of the tablet's top bar."""
    page.locator(".topbar__tools details.panel > summary").nth(place).click()


def main() -> None:
    """Take what is asked for."""
    parser = argparse.ArgumentParser(prog="bin/screenshots", description=__doc__)
    parser.add_argument("--all", metavar="FOLDER", help="every page in every state and language")
    parser.add_argument("--only", default="", metavar="NAMES", help="those whose names begin so, with commas")
    parser.add_argument("--from", dest="here", default=".", help=argparse.SUPPRESS)
    options = parser.parse_args()
    folder = Path(options.here, options.all).resolve() if options.all else ROOT / "docs" / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        raw = folder if options.all else Path(scratch)
        bar = Bar(Path(scratch)).start()
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM") or "/usr/bin/chromium", args=FLAGS
        )
        try:
            people = People(browser, bar)
            studio = Studio(
                bar, people, raw, bool(options.all), [name for name in options.only.split(",") if name]
            )
            shoot(studio)
            people.close()
        finally:
            browser.close()
            bar.stop()
        if not options.all:
            compose.readme(studio.taken, folder)


def shoot(studio: Studio) -> None:
    """From an open bar to a crowded one."""
    studio.bar.manage("store", "ABC", "--per-day", "0")
    studio.bar.manage("numbers", "ABC", "--after", str(FIRST))
    studio.act("busy()")
    studio.alice()
    if studio.everything:
        studio.ends()
        studio.screens()
        studio.admin()
        studio.organisers()


if __name__ == "__main__":
    main()
