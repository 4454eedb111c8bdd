"""A real bar in its own process, and real Chromium windows: a phone, a tablet and a TV."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

ROOT = Path(__file__).parents[2]
SIZES = {"phone": (390, 844), "tablet": (1180, 820), "tv": (1920, 1080)}
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
expect.set_options(timeout=15_000)


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Bar:
    """`manage.py serve` on a free port with a data folder of its own."""

    host = "127.0.0.1"

    def __init__(self, folder: Path, environment: dict[str, str] | None = None, *options: str):
        self.options = options
        self.port, self.folder = free_port(), folder
        self.url = f"http://{self.host}:{self.port}"
        self.environment = os.environ | {
            "PORT": str(self.port),
            "PUBLIC_URL": self.url,
            "DATA_DIR": str(folder / "data"),
            "DJANGO_SETTINGS_MODULE": "serverlesspresso.settings",
        } | (environment or {})  # fmt: skip
        self.process: subprocess.Popen | None = None

    def start(self) -> "Bar":
        """Start it, and wait until it is ready."""
        with (self.folder / "log").open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "serve", *self.options],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
            )
        for _ in range(600):
            if self.process.poll() is not None:
                break
            try:
                with urllib.request.urlopen(f"{self.url}/readyz", timeout=2):
                    return self
            except OSError:
                time.sleep(0.1)
        raise AssertionError(f"the bar did not start:\n{(self.folder / 'log').read_text()[-4000:]}")

    def stop(self, how=signal.SIGTERM) -> int:
        """Stop it; its exit code."""
        self.process.send_signal(how)
        return self.process.wait(30)

    def manage(self, *command: str) -> str:
        """Run a management command beside it; what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            check=False,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def password(self, role: str) -> tuple[str, str]:
        """E-mail and password of the demo staff with that role."""
        staff = json.loads((self.folder / "data" / "staff.json").read_text())
        return next((each["email"], each["password"]) for each in staff if each["role"] == role)


class NamedBar(Bar):
    """The same under a name: browsers have passkeys there."""

    host = "localhost"


@pytest.fixture(scope="session")
def chromium():
    """One Chromium for all tests; each window is a context of its own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM") or "/usr/bin/chromium", args=FLAGS
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def made_once(tmp_path_factory) -> Path:
    """A data folder as a first start leaves it, so that the tests' bars start as fast as later ones."""
    folder = tmp_path_factory.mktemp("first-start")
    bar = Bar(folder).start()
    assert bar.stop() == 0
    return folder / "data"


@pytest.fixture
def bar(tmp_path, made_once):
    """A fresh bar with the demo store."""
    shutil.copytree(made_once, tmp_path / "data")
    bar = Bar(tmp_path).start()
    yield bar
    if bar.process.poll() is None:
        assert bar.stop() == 0, (tmp_path / "log").read_text()[-2000:]
    assert "Traceback" not in (tmp_path / "log").read_text()


class People:
    """Opens windows, and fails the test at its end if any page broke a rule of its own."""

    def __init__(self, chromium: Browser, bar: Bar):
        self.chromium, self.bar = chromium, bar
        self.contexts: list[BrowserContext] = []
        self.complaints: list[str] = []

    def window(self, kind: str, language: str = "en", **options) -> Page:
        """A window of the size of a phone, a tablet or a TV, in a browser of its own."""
        width, height = SIZES[kind]
        phone = {"is_mobile": True, "has_touch": True, "device_scale_factor": 2} if kind == "phone" else {}
        context = self.chromium.new_context(
            viewport={"width": width, "height": height}, locale=language, **phone | options
        )
        self.contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(f"{kind}: {error}"))
        page.on("console", lambda message: self._hear(kind, message))
        return page

    def _hear(self, kind: str, message) -> None:
        if "Content Security Policy" in message.text or "Content-Security-Policy" in message.text:
            self.complaints.append(f"{kind}: {message.text}")

    def sign_in(self, page: Page, role: str, path: str) -> Page:
        """Staff sign in with their password and go on to a page."""
        email, password = self.bar.password(role)
        page.goto(f"{self.bar.url}/accounts/login/?next={path}")
        page.fill("input[name=login]", email)
        page.fill("input[name=password]", password)
        page.press("input[name=password]", "Enter")
        page.wait_for_url(f"**{path}")
        return page

    def tablet(self, role: str = "barista", **options) -> Page:
        """A barista's (or manager's) tablet at the board."""
        return self.sign_in(self.window("tablet", **options), role, "/barista/ABC/")

    def tv(self, tablet: Page, **options) -> Page:
        """The display, paired by the code on it, which staff confirm on their tablet."""
        tv = self.window("tv", **options)
        tv.goto(f"{self.bar.url}/display/ABC/")
        code = tv.locator("#code").inner_text()
        staff = tablet.context.new_page()
        staff.goto(f"{self.bar.url}/accounts/screens/ABC/")
        staff.fill("input[name=code]", code)
        staff.fill("input[name=name]", "Lobby")
        staff.press("input[name=name]", "Enter")
        expect(staff.get_by_text("Lobby", exact=True)).to_be_visible()
        staff.close()
        expect(tv.locator("#ready")).to_be_attached()
        return tv

    def scan(self, tv: Page, phone: Page, folder: Path) -> str:
        """Point the phone's camera at the TV: decode its screenshot, open what it says. The address."""
        expect(tv.locator(".invite svg").first).to_be_visible()
        picture = folder / "tv.png"
        tv.screenshot(path=picture)
        [found] = zxingcpp.read_barcodes(Image.open(picture))
        assert re.match(rf"{self.bar.url}/q/[\w-]{{20,}}$", found.text)
        phone.goto(found.text)
        return found.text

    def close(self) -> None:
        """Close every window; no page may have broken its own policy or thrown an error."""
        for context in self.contexts:
            context.close()
        assert self.complaints == []


@pytest.fixture
def people(chromium, bar):
    people = People(chromium, bar)
    yield people
    people.close()
