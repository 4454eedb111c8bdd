"""Signing up for messages on the phone itself, with a browser whose push service is played."""

import pytest
from playwright.sync_api import expect

from .test_phone import scanned

pytestmark = pytest.mark.browser

_PLAYED = """
(() => {
  const state = window.push = { under: localStorage.under || null, refusals: 0, fails: false, dropped: 0 };
  const keep = () => state.under ? (localStorage.under = state.under) : localStorage.removeItem("under");
  const bytes = (text) => Uint8Array.from(text.split(","), Number);
  const address = () => state.under && {
    options: { applicationServerKey: bytes(state.under).buffer },
    toJSON: () => ({ endpoint: "https://push.example.org/abc", keys: { p256dh: "BA", auth: "AA" } }),
    unsubscribe: async () => { state.under = null; state.dropped += 1; keep(); return true; },
  };
  Notification.requestPermission = async () => "granted";
  Object.defineProperty(Notification, "permission", { get: () => "granted" });
  PushManager.prototype.getSubscription = async () => state.hides ? (state.hides -= 1, null) : address();
  PushManager.prototype.subscribe = async ({ applicationServerKey }) => {
    if (state.fails) throw new DOMException("no service", "AbortError");
    const key = `${new Uint8Array(applicationServerKey)}`;
    if (state.under && state.under !== key) {
      state.refusals += 1;
      throw new DOMException("another key", "InvalidStateError");
    }
    state.under = key;
    keep();
    return address();
  };
})();
"""


@pytest.fixture
def phone(people, bar):
    """A phone that waits for its drink, and may sign up for messages."""
    page = scanned(people, bar)
    page.context.add_init_script(_PLAYED)
    page.reload()
    return page


def wish(page):
    return page.get_by_role("button", name="On this device")


def test_a_phone_that_signed_up_under_another_key_gives_that_back_and_signs_up_again(phone):
    phone.evaluate("window.push.under = '4,1,2'; window.push.hides = 1")
    wish(phone).click()
    expect(wish(phone)).to_have_attribute("aria-pressed", "true")
    assert phone.evaluate("[window.push.refusals, window.push.dropped]") == [1, 1]


def test_a_phone_that_cannot_sign_up_says_so_and_can_try_again(phone):
    phone.evaluate("window.push.fails = true")
    wish(phone).click()
    expect(phone.get_by_text("Notifications could not be turned on in this browser.")).to_be_visible()
    expect(wish(phone)).to_have_attribute("aria-pressed", "false")
    phone.evaluate("window.push.fails = false")
    wish(phone).click()
    expect(wish(phone)).to_have_attribute("aria-pressed", "true")


def test_after_the_key_changed_the_page_signs_up_anew_by_itself(phone, bar):
    wish(phone).click()
    expect(wish(phone)).to_have_attribute("aria-pressed", "true")
    before = phone.evaluate("window.push.under")
    bar.manage(
        "shell",
        "-v0",
        "-c",
        "from extensions.notifications.models import Device as D; D.objects.update(key='gone')",
    )
    phone.evaluate("localStorage.under = '4,1,2'")  # what it had subscribed under, when the key was another
    phone.reload()
    expect(wish(phone)).to_have_attribute("aria-pressed", "true")
    assert phone.evaluate("window.push.under") == before
    told = bar.manage(
        "shell",
        "-v0",
        "-c",
        "from extensions.notifications.models import Device; print(Device.objects.get().key)",
    )
    assert "gone" not in told


def test_on_is_not_said_by_a_browser_that_is_not_signed_up(phone):
    wish(phone).click()
    expect(wish(phone)).to_have_attribute("aria-pressed", "true")
    phone.evaluate("localStorage.removeItem('under')")
    phone.reload()
    expect(wish(phone)).to_have_attribute("aria-pressed", "false")
    expect(phone.get_by_text("Notifications no longer reach this device.")).to_be_visible()
