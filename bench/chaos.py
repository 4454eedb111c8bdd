"""The campaign: a crowd at two bars while every process is killed again and again; then a look at the books.

    .venv/bin/python -m bench.chaos --orders 1000 --kill-every 1 --seed 1

Starts its own PostgreSQL, Redis and bar, on loopback only, with clocks of seconds instead of minutes. Prints
a table; exits with 1 if anything was lost, doubled, stuck, oversold or left a gap
(docs/explanation/reliability.md).
"""

import argparse
import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import suppress

from . import checker, handed
from .driver import Api, Crowd, History
from .nemesis import Nemesis
from .screens import Screen
from .servers import ROOT, Bar, Servers

STORES = ("LEFT", "RIGHT")
CAPACITY, PER_CODE = 20, 40
CLOCKS = {"code": 10, "customer": 12, "barista": 30, "claim": 20, "pickup": 12}
"""Seconds; the rule book has 300, 300, 900, 900 and 600."""
CUSTOMERS, BARISTAS = 8, 4
"""Threads per store."""
CONVERGE_S = 10
"""A screen shows the truth so soon after any fault."""


def main() -> int:
    """Run it; 0 if the books are right."""
    options = _options()
    servers = Servers(options.port + 1, options.port + 2)
    bar = Bar(servers, options.port)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what we started ends with us
    try:
        servers.start()
        bar.start()
        _answers(options.port)
        return Campaign(options, servers, bar).run()
    finally:
        bar.kill(15)
        servers.stop()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="bench.chaos", description="Kill the bar again and again; check its books."
    )
    parser.add_argument("--orders", type=int, default=300, help="customers that come, one order each")
    parser.add_argument("--seconds", type=float, default=3600, help="nobody comes after so long")
    parser.add_argument("--kill-every", type=float, default=1.0, metavar="S", help="0: no faults")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--port", type=int, default=8210, help="the bar's; PostgreSQL and Redis take the next two"
    )
    parser.add_argument("--keep", action="store_true", help="print the bar's log at the end")
    return parser.parse_args()


def _answers(port: int) -> None:
    until = time.monotonic() + 180
    while time.monotonic() < until:
        with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5):
            return
        time.sleep(0.5)
    raise SystemExit("The bar did not become ready.")


class Campaign:
    """One run."""

    def __init__(self, options: argparse.Namespace, servers: Servers, bar: Bar):
        self.options, self.servers, self.bar = options, servers, bar
        self.history = History()
        self.tokens = self._people()
        self.crowd = Crowd(Api(options.port, self.history), list(STORES), self.tokens, options.seed)
        self.nemesis = Nemesis(bar, servers, options.kill_every, options.seed)
        self.screens: list[Screen] = []
        self.loop = asyncio.new_event_loop()

    def run(self) -> int:
        """Load and faults, then quiet, then the check."""
        from .books import Books  # needs Django, which needs to know the database

        books = Books(self.bar.environment)
        self.screens = books.screens(STORES, self.options.port)
        threading.Thread(target=self._watch, daemon=True).start()
        began = time.monotonic()
        self._load()
        loaded = time.monotonic() - began
        wrong = self._converge(books)
        quiet = time.monotonic()
        left = self._settle(books)
        wrong += [f"process {pid} was left behind by one that was killed" for pid in self.bar.strays()]
        found = books.read(STORES)
        wrong += [f"{each}: not over {time.monotonic() - quiet:.0f} s after the last fault" for each in left]
        wrong += self._check(books, found)
        self._report(found, loaded, wrong)
        return 1 if wrong else 0

    # -- before --------------------------------------------------------------------------------

    def _manage(self, *words: str) -> list[str]:
        command = [sys.executable, "manage.py", *words]
        done = subprocess.run(
            command, cwd=ROOT, env=self.bar.environment, check=True, capture_output=True, text=True
        )
        return done.stdout.split()

    def _people(self) -> dict[str, list[str]]:
        clocks = [word for name, seconds in CLOCKS.items() for word in (f"--{name}-s", str(seconds))]
        limits = ["--capacity", str(CAPACITY), "--per-code", str(PER_CODE), "--per-day", "1"]
        tokens = {
            "customer": self._manage("token", "customer", "--create", "--count", str(self.options.orders))
        }
        for store in STORES:
            self._manage("store", store, "--create", "--open", *limits, *clocks)
            for role, count in (("barista", BARISTAS), ("manager", 1), ("display", 1)):
                words = ("--role", role, "--store", store, "--create", "--count", str(count))
                tokens[f"{role}-{store}"] = self._manage("token", f"{role}-{store}", *words)
        return tokens

    # -- during --------------------------------------------------------------------------------

    def _watch(self) -> None:
        asyncio.set_event_loop(self.loop)
        watching = [self.loop.create_task(screen.watch()) for screen in self.screens]
        self.loop.run_until_complete(asyncio.wait(watching))  # a loop alone does not keep its tasks

    def _load(self) -> None:
        crowd, orders = self.crowd, self.options.orders
        coming = [
            threading.Thread(target=crowd.customers, args=(n, orders), daemon=True)
            for n in range(CUSTOMERS * len(STORES))
        ]
        working = [
            threading.Thread(target=crowd.barista, args=(n, store), daemon=True)
            for store in STORES
            for n in range(BARISTAS)
        ] + [threading.Thread(target=crowd.manager, args=(store,), daemon=True) for store in STORES]
        for thread in coming + working:
            thread.start()
        if self.options.kill_every:
            self.nemesis.start()
        until = time.monotonic() + self.options.seconds
        while any(thread.is_alive() for thread in coming) and time.monotonic() < until:
            time.sleep(0.5)
        crowd.closing.set()
        for thread in coming:
            thread.join(90)
        crowd.stop.set()
        for thread in working:
            thread.join(90)
        if self.options.kill_every:
            self.nemesis.stop()

    # -- after ---------------------------------------------------------------------------------

    def _converge(self, books) -> list[str]:
        """Some last drinks are typed in and Redis loses what it was told: screens must show the truth."""
        for store in STORES:
            [token] = self.tokens[f"manager-{store}"]
            for _ in range(3):
                body = {"drink": "Americano", "modifiers": []}
                self.crowd.api.call(token, "walk-up", f"stores/{store}/walk-ups", body)
            if self.options.kill_every:
                self.nemesis.strike("redis")
        time.sleep(CONVERGE_S)
        return [problem for screen in self.screens for problem in [*screen.wrong, *self._stale(screen)]]

    def _stale(self, screen: Screen) -> list[str]:
        """What is wrong with what a screen shows. Clocks go on and orders end meanwhile, so it may be behind
        for a moment, but not for CONVERGE_S."""
        until = time.monotonic() + CONVERGE_S
        while True:
            fresh = asyncio.run_coroutine_threadsafe(screen.fresh(), self.loop).result(20)
            differs = set(screen.rows.items()) ^ set(fresh.items())
            if not differs or time.monotonic() > until:
                break
            time.sleep(0.5)
        wrong = [f"{screen.name} is not up to date: {differs}"] if differs else []
        return wrong if fresh else [*wrong, f"{screen.name} shows nothing, though drinks wait"]

    def _settle(self, books) -> list[str]:
        until = time.monotonic() + CLOCKS["barista"] + CLOCKS["claim"] + CLOCKS["pickup"] + 20
        while time.monotonic() < until and books.going(STORES):
            time.sleep(1)
        return books.going(STORES)

    def _check(self, books, found) -> list[str]:
        people = books.people(self.tokens)
        events = [event for store in found.values() for event in store["events"]]
        orders = [order for store in found.values() for order in store["orders"]]
        wrong = list(dict.fromkeys(self.history.broken))
        for store in found.values():
            wrong += checker.books(store["orders"], store["events"])
            wrong += checker.codes(store["codes"])
            wrong += checker.room(store["events"], CAPACITY)
            wrong += checker.one_at_a_time(store["orders"], store["events"])
            wrong += checker.early(store["events"], CLOCKS["barista"])
        wrong += handed.problems({store: each["events"] for store, each in found.items()})
        wrong += checker.acts(self.history.calls, events, people, orders)
        wrong += checker.versions(self.history.calls)
        wrong += checker.replays(self.history.bodies)
        return wrong

    def _report(self, found, loaded: float, wrong: list[str]) -> None:
        calls, history = self.history.calls, self.history
        events = sum(len(store["events"]) for store in found.values())
        orders = sum(len(store["orders"]) for store in found.values())
        outcomes = {name: sum(call.outcome == name for call in calls) for name in ("ok", "fail", "info")}
        tried = sorted((call.ended - call.began for call in calls if call.ended), reverse=True)
        hangs = [what for took, what in history.slow if took >= 9.5]
        rows = [
            ("orders", orders),
            ("facts in the log", events),
            ("acts: done / refused / unknown", " / ".join(str(n) for n in outcomes.values())),
            ("HTTP answers by status", dict(sorted(history.statuses.items()))),
            ("kills", f"{sum(self.nemesis.done.values())}: {dict(self.nemesis.done)}"),
            ("seconds of load", f"{loaded:.0f} ({orders / loaded:.1f} orders/s)"),
            ("longest wait for a 503 (s)", f"{max(history.busy, default=0):.1f}"),
            ("single answers over 5 s / none in 10 s", f"{len(history.slow) - len(hangs)} / {len(hangs)}"),
            ("an act with all its repeats, longest (s)", f"{tried[0]:.1f}" if tried else "-"),
            ("latest end after its deadline (s)", f"{checker.latest(found, calls):.1f}"),
            (
                "screens: frames / connections",
                f"{sum(s.frames for s in self.screens)} / {sum(s.connects for s in self.screens)}",
            ),
            ("violations", len(wrong)),
        ]
        print(f"\nseed {self.options.seed}")  # noqa: T201
        for name, value in rows:
            print(f"{name:42} {value}")  # noqa: T201
        for line in wrong[:40]:
            print(f"  ! {line}")  # noqa: T201
        if self.options.keep or wrong:
            log = self.bar.log.read_text(errors="replace").splitlines()
            print("\n".join(log[-60:]), file=sys.stderr)  # noqa: T201


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "serverlesspresso.settings")
    code = main()
    sys.stdout.flush()
    os._exit(code)  # threads that still listen to sockets are not waited for
