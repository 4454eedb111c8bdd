"""Every page in every state: where it is, who sees it, on what, and what is done on it before one looks.

What they show is made by `everything.py`. The rules of accessible pages are held against each
(test_access.py), and pictures are taken of each (bin/screenshots).
"""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Page, Route

from .conftest import NamedBar

Act = Callable[[Page], None]
_MAKE = "from tests.browser import everything; print(everything.make())"


@dataclass(frozen=True)
class Screen:
    """One page in one state. `path` may name what `everything.py` made, as in `/orders/{Waiting}/`."""

    name: str
    path: str
    who: str = ""
    """A customer named after the state of their order, Bob, Dana or Admin; empty for nobody."""
    on: tuple[str, ...] = ("phone",)
    act: Act | None = None
    status: int = 200
    live: bool = False
    dark: bool = False
    """Whether it is dark whatever the device wishes."""
    still: bool = False
    """Whether its form, which sends itself, is held back."""


def opened(selector: str) -> Act:
    """Open what folds."""
    return lambda page: page.locator(selector).first.click()


def chosen(page: Page) -> None:
    """A Cappuccino with oat milk, not sent yet."""
    offer = page.locator(".offer", has=page.locator("input[value=Cappuccino]"))
    offer.locator("> label").click()
    offer.locator(".choice", has=page.locator("input[value=Oat]")).click()


def hurried(page: Page) -> None:
    """The customer's clock is nearly over. A snapshot that comes late sets it right; then once more."""
    for _ in range(10):
        page.evaluate(
            "document.querySelectorAll('[data-countdown]').forEach("
            "each => each.dataset.countdown = new Date(Date.now() + 40000).toISOString())"
        )
        page.wait_for_timeout(1100)
        if page.locator("[data-warning]").count():
            return
    raise AssertionError("nobody was warned")


def found(page: Page) -> None:
    """A number is looked for."""
    page.locator("#finding > summary").click()
    page.fill("#find-number", "3")
    page.locator("#found *").first.wait_for()


def held(page: Page) -> None:
    """A tap that can be undone."""
    page.locator("#col-waiting .ticket__tap").first.click()
    page.locator("#undos .undo").first.wait_for()


def wrong_name(page: Page) -> None:
    """A form that was refused."""
    page.fill("input[name=name]", "\N{ZERO WIDTH SPACE}")
    page.press("input[name=name]", "Enter")
    page.locator("[aria-invalid=true]").wait_for()


def halfway(page: Page) -> None:
    """The password of somebody with passkeys is typed, and the second step asked for."""
    page.fill("input[name=login]", "keys@example.org")
    page.fill("input[name=password]", "nobody signs in with it")
    page.press("input[name=password]", "Enter")
    page.wait_for_url("**/accounts/2fa/authenticate/")


def declined(page: Page) -> None:
    """The browser's own window about passkeys was closed."""
    page.evaluate(
        "() => { navigator.credentials.create = async () => "
        "{ throw new DOMException('', 'NotAllowedError') } }"
    )
    page.locator("[data-passkey] button").click()
    page.locator("[data-refused]").wait_for()


def _panel(place: int) -> Act:
    return lambda page: page.locator(".topbar__tools details.panel > summary").nth(place).click()


_PHONE, _TABLET, _TV = ("phone",), ("tablet",), ("tv",)
_ORDERS = ("Checking", "Choosing", "Waiting", "SoldOut", "Making", "Ready", "Uncollected", "Collected")
_SETUP = ("bar", "phones", "hours", "menu", "limits", "sign-in", "people", "screens", "opening")
_BARS = {
    "open": "ABC",
    "paused": "PAUSED",
    "left": "LEFT",
    "closed": "CLOSED",
    "full": "FULL",
    "used-up": "USEDUP",
}
_ADMIN: tuple[str, ...] = (
    "",
    "config/store/",
    "config/store/1/change/",
    "config/drink/",
    "config/modifiergroup/1/change/",
)
_ADMIN += ("orders/order/", "orders/order/{Waiting}/change/", "accounts/user/", "events/event/")

ORDERING = (
    *(Screen(f"bar-{state}", f"/s/{slug}/", live=True) for state, slug in _BARS.items()),
    Screen("bar-digits", "/s/ABC/", act=opened("details summary"), live=True),
    *(Screen(f"order-{who.lower()}", f"/orders/{{{who}}}/", who, live=True) for who in _ORDERS),
    *(
        Screen(f"order-{who.lower()}", f"/orders/{{{who}}}/", who)
        for who in ("Cancelled", "TooLate", "Rejected")
    ),
    Screen("order-choosing-drink", "/orders/{Choosing}/", "Choosing", act=chosen, live=True),
    Screen("order-choosing-hurry", "/orders/{Choosing}/", "Choosing", act=hurried, live=True),
    Screen("order-swap", "/orders/{Waiting}/swap/", "Waiting", live=True),
    Screen("order-seen-by-staff", "/orders/{Waiting}/", "Bob", on=_TABLET, live=True),
    Screen("my-orders", "/orders/", "Collected"),
    Screen("my-orders-none", "/orders/"),
    Screen("invite", "/invite/{invite}/", still=True),
    Screen("scan", "/q/{token}", still=True),
    Screen("turn-ask", "/s/USEDUP/waiting/?seen=long-ago"),
    Screen("turn-waiting", "/s/USEDUP/waiting/", "Turn", live=True),
    Screen("turn-offered", "/s/ROOM/waiting/", "Offered", live=True),
    Screen("turn-gone", "/s/USEDUP/waiting/", "Gone"),
    Screen("offline", "/offline/"),
    Screen("not-found", "/nothing-here/", status=404),
    Screen("code-unknown", "/q/xxxxxxxxxxxxxxxxxxxxxx", status=400),
)
SIGN_IN = (
    Screen("name", "/accounts/enter/?store=ABC"),
    Screen("name-refused", "/accounts/enter/?store=ABC", act=wrong_name),
    Screen("sign-in", "/accounts/login/"),
    Screen("account", "/accounts/", "Dana"),
    Screen("password", "/accounts/password/", "Dana"),
    Screen("second-factor", "/accounts/2fa/", "Dana"),
    Screen("second-factor-set-up", "/accounts/2fa/totp/activate/", "Dana"),
    Screen("second-factor-passkeys", "/accounts/2fa/", "Keys"),
    Screen("second-step", "/accounts/login/", act=halfway),
    Screen("passkey-add", "/accounts/2fa/passkeys/add/", "Keys"),
    Screen("passkey-declined", "/accounts/2fa/passkeys/add/", "Keys", act=declined),
    Screen("passkey-again", "/accounts/2fa/reauthenticate/passkey/", "Keys"),
    Screen("passkey-remove", "/accounts/2fa/passkeys/{passkey}/remove/", "Keys"),
    Screen("asked-again", "/accounts/reauthenticate/", "Dana"),
    Screen("sessions", "/accounts/sessions/", "Dana"),
    Screen("sign-out", "/accounts/logout/", "Dana"),
    Screen("privacy", "/privacy/", "Waiting"),
    Screen("privacy-nobody", "/privacy/"),
    Screen("erase", "/privacy/erase/", "Collected"),
    Screen("erase-refused", "/privacy/erase/", "Waiting", status=409),
)
COUNTER = (
    Screen("barista-enter", "/barista/ABC/", on=_TABLET),
    Screen("barista-not-staff", "/barista/ABC/", "Waiting", status=403),
    Screen("barista-home", "/barista/", "Bob", on=_TABLET),
    Screen("board", "/barista/ABC/", "Bob", on=("tablet", "phone"), live=True),
    Screen("board-empty", "/barista/EMPTY/", "Bob", on=_TABLET, live=True),
    Screen("board-paused", "/barista/PAUSED/", "Bob", on=_TABLET, live=True),
    Screen("board-closed", "/barista/CLOSED/", "Dana", on=_TABLET, live=True),
    Screen("board-more", "/barista/ABC/", "Bob", on=_TABLET, act=opened(".ticket .more summary"), live=True),
    Screen("board-walk-up", "/barista/ABC/", "Bob", on=_TABLET, act=_panel(0), live=True),
    Screen("board-sold-out", "/barista/ABC/", "Bob", on=_TABLET, act=_panel(1), live=True),
    Screen("board-find", "/barista/ABC/", "Bob", on=_TABLET, act=found, live=True),
    Screen("board-who", "/barista/ABC/", "Bob", on=_TABLET, act=opened("#who > summary"), live=True),
    Screen("board-tools", "/barista/ABC/", "Bob", on=_TABLET, act=_panel(4), live=True),
    Screen("board-closing", "/barista/ABC/", "Dana", on=_TABLET, act=opened("#closing summary"), live=True),
    Screen("board-undo", "/barista/FULL/", "Bob", on=_TABLET, act=held, live=True),
    Screen("pins", "/barista/ABC/pins/", "Dana", on=_TABLET),
    Screen("screens", "/accounts/screens/ABC/", "Dana", on=_TABLET),
)
DISPLAY = (
    *(
        Screen(f"wall-{state}", f"/display/{slug}/", "Admin", _TV, live=True, dark=True)
        for state, slug in _BARS.items()
    ),
    Screen("wall-empty", "/display/EMPTY/", "Admin", _TV, live=True, dark=True),
    Screen("wall-pairing", "/accounts/pair/ABC/display/", on=_TV),
    Screen("wall-unpaired", "/display/ABC/unpaired/", on=_TV, dark=True),
    Screen("poster", "/display/ABC/poster/", "Dana", on=_TABLET),
)
ORGANISERS = (
    *(
        Screen(f"admin-{path.strip('/').replace('/', '-') or 'home'}", f"/admin/{path}", "Admin", _TABLET)
        for path in _ADMIN
    ),
    Screen("organise", "/organise/", "Dana", on=_TABLET),
    Screen("organise-new", "/organise/new/", "Admin", on=_TABLET),
    Screen("overview", "/organise/ABC/", "Dana", on=("tablet", "phone"), live=True),
    Screen("figures", "/organise/ABC/figures/", "Dana", on=_TABLET),
    Screen("menu-exchange", "/organise/ABC/menu/", "Dana", on=_TABLET),
    *(
        Screen(f"setup-{step}", f"/organise/ABC/setup/{step}/", "Dana", ("tablet", "phone"))
        for step in _SETUP
    ),
    Screen("api-docs", "/api/v1/docs", on=_TABLET),
)
EXTENSIONS = (
    Screen("dashboard", "/dashboard/ABC/", "Bob", on=_TABLET),
    Screen("journey", "/orders/{Collected}/journey/", "Collected", on=("phone", "tablet"), live=True),
    Screen("ticket", "/orders/{Waiting}/ticket/", "Bob", on=_TABLET),
    Screen("tickets", "/tickets/ABC/", "Bob", on=_TABLET),
)
SCREENS = (*ORDERING, *SIGN_IN, *COUNTER, *DISPLAY, *ORGANISERS, *EXTENSIONS)


def _hold_posts_back(route: Route) -> None:
    if route.request.method == "POST":
        route.fulfill(status=204)
    else:
        route.continue_()


class Tour:
    """A bar in every state, and somebody who goes from page to page of it."""

    def __init__(self, folder: Path, data: Path | None = None):
        """`data` is a data folder to begin with, as a first start leaves it."""
        if data:
            shutil.copytree(data, folder / "data")
        self.bar = NamedBar(folder)
        if not data:
            self.bar.start().stop()
        self.made = json.loads(self.bar.manage("shell", "-v0", "-c", _MAKE))
        self.bar.start()

    def visit(self, page: Page, screen: Screen, language: str = "en") -> None:
        """Open a screen as who sees it, in its state. Nothing else is shown in its place."""
        self.become(page.context, screen.who, language)
        path = screen.path.format(**self.made["paths"])
        if screen.still:
            page.route("**", _hold_posts_back)
        answer = page.goto(f"{self.bar.url}{path}", wait_until="domcontentloaded" if screen.still else "load")
        assert answer and answer.status == screen.status, f"{screen.name}: {answer and answer.status}"
        assert urlsplit(page.url).path == urlsplit(path).path, f"{screen.name} led to {page.url}"
        if screen.live:
            page.locator("html[data-connection=live]").wait_for(timeout=30_000)
        if screen.act:
            screen.act(page)
        page.unroute_all()

    def become(self, context: BrowserContext, who: str, language: str) -> None:
        """This browser is signed in as that person, and speaks that language."""
        context.clear_cookies()
        cookies = [{"name": "language", "value": language, "url": self.bar.url}]
        if who:
            cookies.append({"name": "sessionid", "value": self.made["sessions"][who], "url": self.bar.url})
        context.add_cookies(cookies)  # type: ignore[arg-type]
