"""The second step in a real browser: a passkey, kept by a phone that Chromium plays, is made, shown at the
door and removed; and the app's code can be scanned."""

import shutil

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Page, expect

from .conftest import NamedBar

pytestmark = pytest.mark.browser
_CLOSED = (
    "() => { navigator.credentials.get = async () => { throw new DOMException('', 'NotAllowedError') } }"
)


@pytest.fixture
def bar(tmp_path, made_once):
    """A bar with a name, where managers must show something besides their password."""
    shutil.copytree(made_once, tmp_path / "data")
    bar = NamedBar(tmp_path, {"SECOND_FACTOR": "1"}).start()
    yield bar
    assert bar.stop() == 0
    assert "Traceback" not in (tmp_path / "log").read_text()


class Keeper:
    """What keeps passkeys, in place of a phone: its owner says yes to everything."""

    def __init__(self, page: Page):
        self.devtools = page.context.new_cdp_session(page)
        self.devtools.send("WebAuthn.enable")
        self.now = ""

    def another(self) -> None:
        """From now on it is another phone, with no passkeys yet."""
        if self.now:
            self.devtools.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": self.now})
        options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True}
        options |= {"hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": True}
        made = self.devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        self.now = made["authenticatorId"]


def type_password(page: Page, bar) -> None:
    email, password = bar.password("manager")
    if page.locator("input[name=login]").count():
        page.fill("input[name=login]", email)
    page.fill("input[name=password]", password)
    page.press("input[name=password]", "Enter")


def button(page: Page, name: str):
    return page.get_by_role("button", name=name)


def link(page: Page, name: str):
    return page.get_by_role("link", name=name)


def test_a_manager_makes_a_passkey_comes_in_with_it_and_removes_it_for_another(people, bar):
    page = people.window("phone")
    keeper = Keeper(page)
    keeper.another()
    page.goto(f"{bar.url}/accounts/login/?next=/barista/ABC/")
    type_password(page, bar)
    page.wait_for_url("**/accounts/reauthenticate/**")
    type_password(page, bar)
    link(page, "Use a passkey instead").click()
    page.fill("input[name=name]", "Old phone")
    button(page, "Create passkey").click()
    expect(page.locator("main li code")).to_have_count(10)

    link(page, "I have saved them").click()
    button(page, "Sign out").click()
    page.goto(f"{bar.url}/accounts/login/?next=/barista/ABC/")
    type_password(page, bar)
    page.wait_for_url("**/accounts/2fa/authenticate/")
    page.evaluate(_CLOSED)
    button(page, "Use a passkey").click()
    expect(page.get_by_text("No passkey was used. You can try again.")).to_be_visible()
    page.reload()
    button(page, "Use a passkey").click()
    page.wait_for_url("**/barista/ABC/")

    page.goto(f"{bar.url}/accounts/2fa/")
    link(page, "Add a passkey").click()
    link(page, "Use a passkey instead").click()
    button(page, "Use a passkey").click()
    button(page, "Create passkey").click()
    expect(page.get_by_text("already on your list")).to_be_visible()
    keeper.another()
    page.fill("input[name=name]", "New phone")
    button(page, "Create passkey").click()
    expect(page.get_by_text("The passkey has been added.")).to_be_visible()

    link(page, "Remove Old phone").click()
    button(page, "Remove").click()
    expect(page.get_by_text("The passkey has been removed.")).to_be_visible()
    link(page, "Remove New phone").click()
    expect(page.get_by_text("you can’t remove the last one")).to_be_visible()
    expect(button(page, "Remove")).to_have_count(0)


def test_where_the_browser_has_none_the_digits_are_the_way_and_nothing_else_is_shown(people, bar):
    page = people.window("phone")
    page.add_init_script("delete window.PublicKeyCredential")
    page.goto(f"{bar.url}/accounts/login/?next=/barista/ABC/")
    type_password(page, bar)
    page.wait_for_url("**/accounts/reauthenticate/**")
    type_password(page, bar)
    expect(button(page, "Turn on")).to_be_visible()
    expect(link(page, "Use a passkey instead")).to_be_hidden()
    page.goto(f"{bar.url}/accounts/2fa/passkeys/add/")
    expect(page.get_by_text("This browser has no passkeys.")).to_be_visible()
    expect(button(page, "Create passkey")).to_be_hidden()


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_the_code_for_the_app_can_be_scanned_by_day_and_by_night(people, bar, tmp_path, colours):
    page = people.window("phone", color_scheme=colours)
    page.goto(f"{bar.url}/accounts/login/?next=/barista/ABC/")
    type_password(page, bar)
    page.wait_for_url("**/accounts/reauthenticate/**")
    type_password(page, bar)
    expect(page.get_by_alt_text("Code for the app")).to_be_visible()
    page.screenshot(path=tmp_path / "screen.png")
    [found] = zxingcpp.read_barcodes(Image.open(tmp_path / "screen.png"))
    assert found.text.startswith("otpauth://totp/")
