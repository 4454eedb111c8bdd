"""How long a phone on a bad network waits, and what it has to load: `.venv/bin/python -m bench.phone`.

A bar of its own in one process, and Chromium with 400 kbit/s, 400 ms round trip (throttled by its DevTools)
and 2 % of the packets lost (`bench.lossy`). Each page is opened by a browser that has never been here. It is
usable when it is painted and shows what to do next (forms need no script), live when its scripts have run.
Prints a table; with --check it ends with 1 when a first page is heavier than 60 KiB or usable later than 3 s.
"""

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from .lossy import lossy

ROOT = Path(__file__).resolve().parent.parent
KIB = 1024
MOST_KIB, LATEST_S = 60, 3.0
ROUND_TRIP_S = 0.4
NETWORK = {
    "offline": False,
    "latency": ROUND_TRIP_S * 1000,
    "downloadThroughput": 400_000 / 8,
    "uploadThroughput": 400_000 / 8,
}
"""As Chromium's DevTools call it: milliseconds, bytes a second."""
LOSS = 0.02
_PAINTED = "performance.getEntriesByName('first-contentful-paint').length > 0"
WAY_IN = 'scan to "your name?"'
"""Three pages and a form: no figure is asked of it."""
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
]
_CODE = (
    "from config.models import Store; from display import qr_codes as codes; "
    "print(codes.new_code_now(Store.objects.get()).token)"
)


@dataclass
class Visit:
    """One page opened for the first time: seconds until usable and until live; bytes over the wire."""

    usable_s: float
    live_s: float
    size: int
    requests: int
    hosts: set[str]


class Bar:
    """`manage.py serve` with a data folder of its own."""

    def __init__(self, folder: str):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.port, self.url = port, f"http://127.0.0.1:{port}"
        self.environment = os.environ | {
            "PORT": str(port), "HOST": "127.0.0.1", "PUBLIC_URL": self.url, "DATA_DIR": folder, "DEBUG": ""
        }  # fmt: skip
        self.log = Path(folder) / "log"

    def manage(self, *command: str) -> str:
        """Run a management command beside it; what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=ROOT, env=self.environment, capture_output=True, text=True, check=True,
        )  # fmt: skip
        return done.stdout

    def new_code(self) -> str:
        """The token of a fresh QR code."""
        return self.manage("shell", "-v0", "-c", _CODE).split()[-1]


@contextmanager
def running_bar() -> Iterator[Bar]:
    """A bar that is ready; it is gone when the context ends."""
    with tempfile.TemporaryDirectory(prefix="bench-phone-") as folder:
        bar = Bar(folder)
        with bar.log.open("w") as log:
            process = subprocess.Popen(
                [sys.executable, "manage.py", "serve"], cwd=ROOT, env=bar.environment, stdout=log, stderr=log
            )
        try:
            _wait_for(bar, process)
            yield bar
        finally:
            process.terminate()
            process.wait(20)


def _wait_for(bar: Bar, process: subprocess.Popen) -> None:
    for _ in range(600):
        try:
            with urllib.request.urlopen(f"{bar.url}/readyz", timeout=2):  # noqa: S310
                return
        except OSError:
            if process.poll() is not None:
                break
            time.sleep(0.2)
    raise SystemExit(f"the bar did not start:\n{bar.log.read_text()[-2000:]}")


def visit(browser: Browser, url: str, usable: str, *, throttled: bool = True) -> Visit:
    """Open a page in a browser that knows nothing; `usable` is what must be visible to go on."""
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True, device_scale_factor=2
    )
    page = context.new_page()
    seen = _listen(page, throttled=throttled)
    began = time.perf_counter()
    page.goto(url, wait_until="commit")
    page.locator(usable).first.wait_for(timeout=60_000)
    while not page.evaluate(_PAINTED):
        page.wait_for_timeout(10)
    usable_s = time.perf_counter() - began
    page.wait_for_load_state("domcontentloaded")
    live_s = time.perf_counter() - began
    page.wait_for_load_state("load")
    page.wait_for_timeout(3000)  # what comes after counts too: manifest, service worker, socket
    context.close()
    return Visit(usable_s, live_s, seen["bytes"], len(seen["hosts"]), set(seen["hosts"]))


def _listen(page: Page, *, throttled: bool) -> dict:
    """Count everything that crosses the wire for this page, headers included."""
    seen: dict = {"bytes": 0, "hosts": []}
    tools = page.context.new_cdp_session(page)
    tools.send("Network.enable")
    tools.send("Network.setCacheDisabled", {"cacheDisabled": False})
    if throttled:
        tools.send("Network.emulateNetworkConditions", NETWORK)
    tools.on("Network.loadingFinished", lambda e: seen.update(bytes=seen["bytes"] + e["encodedDataLength"]))
    tools.on("Network.requestWillBeSent", lambda e: seen["hosts"].append(e["request"]["url"].split("/")[2]))
    return seen


def pages(bar: Bar, url: str) -> dict[str, Callable[[], tuple[str, str]]]:
    """What people open first: the address, and what lets them go on. The last is two pages on."""
    return {
        "the code's page": lambda: (
            f"{url}/q/{bar.new_code()}",
            "form button.button--primary, input[name=name]",
        ),
        "the bar's page": lambda: (f"{url}/s/ABC/", "#store-menu"),
        "the start page": lambda: (f"{url}/", "#store-menu"),
        WAY_IN: lambda: (f"{url}/q/{bar.new_code()}", "input[name=name]"),
    }


def _row(name: str, visits: list[Visit]) -> dict:
    return {
        "page": name,
        "usable_s": round(statistics.median(each.usable_s for each in visits), 2),
        "worst_s": round(max(each.usable_s for each in visits), 2),
        "live_s": round(statistics.median(each.live_s for each in visits), 2),
        "kib": round(max(each.size for each in visits) / KIB, 1),
        "requests": max(each.requests for each in visits),
        "hosts": len(set().union(*(each.hosts for each in visits))),
    }


def measure(rounds: int) -> list[dict]:
    """Each page so many times: the medians, the worst, and the most bytes."""
    rows = []
    with running_bar() as bar, sync_playwright() as playwright:
        path = os.environ.get("CHROMIUM") or "/usr/bin/chromium"
        browser = playwright.chromium.launch(executable_path=path, args=_FLAGS)
        visit(browser, f"{bar.url}/s/ABC/", "#store-menu", throttled=False)  # templates are read once
        with lossy(bar.port, loss=LOSS, round_trip_s=ROUND_TRIP_S) as port:
            for name, page in pages(bar, f"http://127.0.0.1:{port}").items():
                visits = [visit(browser, *page()) for _ in range(rounds)]
                rows.append(_row(name, visits))
        browser.close()
    return rows


def _table(rows: list[dict]) -> Iterator[str]:
    yield f"{'page':22} {'usable':>9} {'worst':>9} {'live':>9} {'KiB':>6} {'requests':>9} {'hosts':>6}"
    for row in rows:
        times = " ".join(f"{row[each]:>7.2f} s" for each in ("usable_s", "worst_s", "live_s"))
        yield f"{row['page']:22} {times} {row['kib']:>6} {row['requests']:>9} {row['hosts']:>6}"


def main() -> int:
    """Measure, print, and say whether it holds."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--json", action="store_true", help="print the figures as JSON")
    options.add_argument("--check", action="store_true", help="end with 1 when a figure is missed")
    asked = options.parse_args()
    rows = measure(asked.rounds)
    if asked.json:
        print(json.dumps(rows))  # noqa: T201
    else:
        print("\n".join(_table(rows)))  # noqa: T201
    held = all(
        row["kib"] <= MOST_KIB
        and row["hosts"] == 1
        and (row["usable_s"] <= LATEST_S or row["page"] == WAY_IN)
        for row in rows
    )
    return 0 if held or not asked.check else 1


if __name__ == "__main__":
    sys.exit(main())
