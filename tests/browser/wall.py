"""A wall on a TV, with as many orders as a test wants."""

import time
from pathlib import Path

import zxingcpp
from PIL import Image
from playwright.sync_api import Page, expect

from .conftest import Bar

_FILL = """
from config import demo
from config.models import Store
from display import qr_codes as codes
from orders import commands as manager, processor, workflow
from serverlesspresso.accounts.models import User
bob = User.objects.get(name="Bob")
bar = dict(name="{slug}", is_open=True, capacity=500)
store, _ = Store.objects.get_or_create(slug="{slug}", defaults=bar)
demo.make_menu(store)
for n in range({ready} + {waiting}):
    drink = "Americano" if n % 40 < 20 else "Double Espresso"
    order = manager.walk_up(store, by=bob, drink=drink, modifiers=[])
    workflow.run(workflow.QUEUE, order.pk)
    if n < {ready}:
        manager.complete(processor.load(order.pk), by=bob)
print(codes.current_code(store).token)
"""

_READABLE = """column => {
  const list = document.getElementById(column), end = list.getBoundingClientRect().bottom + 1;
  const shown = [...list.children].filter(row => row.getClientRects().length);
  const whole = shown.filter(row => row.getBoundingClientRect().bottom <= end);
  return whole.map(row => row.querySelector(".number").textContent);
}"""


class Wall:
    """A store's wall on a TV, and its orders."""

    def __init__(self, bar: Bar, people, slug: str):
        self.bar, self.slug = bar, slug
        self.token = self.fill()
        self.page: Page = people.sign_in(people.window("tv"), "administrator", f"/display/{slug}/")
        expect(self.page.locator("[data-freshness]")).to_have_text("Live")

    def fill(self, ready: int = 0, waiting: int = 0) -> str:
        """Make so many more orders; the token of the running code."""
        return self.bar.manage(
            "shell", "-v0", "-c", _FILL.format(slug=self.slug, ready=ready, waiting=waiting)
        ).strip()

    def control_time(self) -> None:
        """From now on `page.clock` moves the page's time; timers made before would not listen."""
        self.page.clock.install()
        self.page.reload()
        expect(self.page.locator("[data-freshness]")).to_have_text("Live")

    def screenshot(self, folder: Path) -> Image.Image:
        """What is on the TV."""
        self.page.screenshot(path=folder / "wall.png")
        return Image.open(folder / "wall.png").convert("RGB")

    def numbers(self, column: str) -> set[str]:
        """The numbers somebody in front of it can read."""
        return set(self.page.evaluate(_READABLE, column))


def decoded(picture: Image.Image) -> list[str]:
    return [found.text for found in zxingcpp.read_barcodes(picture)]


def eventually(page: Page, expression: str) -> None:
    """Wait until it is true. (Playwright's own way of waiting is against the page's policy.)"""
    until = time.monotonic() + 10
    while not page.evaluate(expression):
        assert time.monotonic() < until, f"never: {expression}"
        page.wait_for_timeout(100)
