"""Takes pictures of a bar of its own, in real Chromium windows (bin/screenshots)."""

import argparse
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import compose
import gallery
from playwright.sync_api import Page, sync_playwright

from tests.browser.conftest import FLAGS, ROOT, Bar, People
from tests.browser.screens import chosen

LANGUAGES = ("en", "pt-br")
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
    """A busy bar, and a folder for the pictures of it that README.md shows."""

    def __init__(self, bar: Bar, people: People, folder: Path):
        self.bar, self.people, self.folder = bar, people, folder
        self.taken: dict[tuple[str, str], Path] = {}

    def act(self, call: str) -> str:
        """Let something happen beside the bar (scene.py); what it printed."""
        return self.bar.manage("shell", "-v0", "-c", _BESIDE.format(call=call)).strip()

    def take(
        self, page: Page, name: str, prepare: Callable[[Page], None] = _as_it_is, speaks: str = "cookie"
    ) -> None:
        """A picture of this page in every language. `prepare` does what must be done on the page before;
        `speaks` is how it is asked for a language."""
        address = page.url
        for language in LANGUAGES:
            page.context.add_cookies([{"name": "language", "value": language, "url": self.bar.url}])
            page.goto(f"{address}?lang={language}" if speaks == "address" else address)
            page.wait_for_timeout(500)
            if page.locator("[data-live]").count():
                page.locator("html[data-connection=live]").wait_for(timeout=15_000)
            prepare(page)
            page.wait_for_timeout(350)
            self.taken[name, language] = self.folder / f"{name}.{language}.png"
            page.screenshot(path=self.taken[name, language])

    def alice(self) -> None:
        """An order from the scan to the cup, and the staff's screens while it waits."""
        phone = self.people.window("phone")
        phone.goto(f"{self.bar.url}/q/{self.act('token()')}")
        phone.wait_for_url("**/accounts/enter/**")
        phone.fill("input[name=name]", "Alice")
        phone.press("input[name=name]", "Enter")
        phone.locator(".choosing").wait_for()
        self.take(phone, "phone-02-menu")
        chosen(phone)
        phone.locator(".dock button").click()
        phone.locator("#order[data-status=queued]").wait_for()
        order = phone.url.rstrip("/").split("/")[-1]
        self.take(phone, "phone-04-waiting")
        self.staff_screens()
        self.act(f"make({order!r})")
        self.take(phone, "phone-06-making")
        self.act(f"complete({order!r})")
        self.take(phone, "phone-07-ready")

    def staff_screens(self) -> None:
        """The wall and the tablet of a busy bar."""
        tv = self.people.sign_in(self.people.window("tv"), "administrator", "/display/ABC/")
        self.take(tv, "wall-01-open", nobody_there, speaks="address")
        self.take(self.people.tablet(), "tablet-01-board")


def nobody_there(page: Page) -> None:
    """The wall's buttons show themselves only to somebody at its mouse."""
    page.evaluate("document.documentElement.dataset.idle = ''")
    page.wait_for_timeout(600)


def main() -> None:
    """Take what is asked for."""
    parser = argparse.ArgumentParser(prog="bin/screenshots", description=__doc__)
    parser.add_argument("--all", metavar="FOLDER", help="every page in every state, size and language")
    parser.add_argument("--only", default="", metavar="NAMES", help="those whose names begin so, with commas")
    parser.add_argument("--from", dest="here", default=".", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.all:
        only = [name for name in options.only.split(",") if name]
        folder = Path(options.here, options.all).resolve()
        print(f"{gallery.gallery(folder, only)} pictures: {folder / 'index.html'}")
    else:
        readme(ROOT / "docs" / "pictures")


def readme(folder: Path) -> None:
    """The pictures of README.md."""
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        bar = Bar(Path(scratch)).start()
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM") or "/usr/bin/chromium", args=FLAGS
        )
        try:
            people = People(browser, bar)
            studio = Studio(bar, people, Path(scratch))
            bar.manage("store", "ABC", "--per-day", "0")
            bar.manage("numbers", "ABC", "--after", str(FIRST))
            studio.act("busy()")
            studio.alice()
            people.close()
        finally:
            browser.close()
            bar.stop()
        compose.readme(studio.taken, folder)


if __name__ == "__main__":
    main()
