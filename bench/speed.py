"""`bin/bench`: every scenario on servers of its own, some runs each; a table, and JSON beside it.

Ratios are between things measured in turns in the same run, because machines are noisy.
"""

import argparse
import importlib
import os
import signal
import sys
import time
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from . import figures, stand
from .figures import Figure
from .stand import ROOT, Crowd, Stand

SCENES = {
    "journeys": "scan to collect over 20 stores: API and pages, against the bare limit, in turns",
    "statements": "what one order's way asks PostgreSQL",
    "embedded": "the same in one process, on SQLite",
    "live": "a tap until the other screens show it: 5 orders a second, 2,000 phones, 6 tablets, 4 walls",
    "rush": "1,000 phones scan one code within a second",
    "fanout": "a store's status on 1,000 and 5,000 phones, against Socket.IO and bare websockets",
    "bus": "facts until the last subscriber has them, at 200 a second",
    "pages": "first byte, bytes over the wire and queries of the pages",
    "start": "seconds to start, and memory",
    "usual": "the same bar as people usually write it with Django, plain and with five subscribers, in turns",
    "naive": "the naive way: a page that is polled every 2 seconds",
    "flat": "the same figures on a database full of history",
}
"""In the order they run; `flat` fills the database, so it is last."""


@dataclass
class Bench:
    """What scenarios share: options, and servers that are started when first asked for."""

    runs: int = 3
    seconds: float = 5.0
    short: bool = False
    full: bool = False
    other_root: Path | None = None
    started: list[Stand] = field(default_factory=list)

    def start(self, each: Stand) -> Stand:
        """Start it; it ends with the bench."""
        self.started.append(each)
        each.start()
        return each

    @cached_property
    def bar(self) -> Stand:
        """The bar on PostgreSQL and Redis."""
        return self.start(stand.bar())

    @cached_property
    def crowd(self) -> Crowd:
        """Its people."""
        return self.bar.people(stores=20, customers=6000, sessions=3000)

    @cached_property
    def bare(self) -> Stand:
        """The bare limit, with the same stores and codes."""
        return self.start(stand.bare(self.crowd.codes))

    @cached_property
    def other(self) -> Stand:
        """Another checkout of the bar."""
        return self.start(stand.bar("other", self.other_root or ROOT))

    @cached_property
    def embedded(self) -> Stand:
        """The bar in one process."""
        return self.start(stand.embedded())

    @cached_property
    def embedded_crowd(self) -> Crowd:
        """The people of the bar in one process."""
        return self.embedded.people(stores=5, customers=4000, sessions=500)

    def clear(self) -> None:
        """Stop all servers and forget their files."""
        for each in self.started:
            each.clear()


def main() -> int:
    """Run what is asked for; 0 when everything ran, met or not: that is for the reader to judge."""
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that its servers end with it
    if options.list:
        say("\n".join(f"{name:10} {what}" for name, what in SCENES.items()))
        return 0
    wanted = options.only.split(",") if options.only else list(SCENES)
    if unknown := set(wanted) - set(SCENES):
        raise SystemExit(f"There is no scenario {', '.join(sorted(unknown))}: see --list.")
    bench = Bench(
        runs=options.runs or (1 if options.short else 3),
        seconds=2.0 if options.short else options.seconds,
        short=options.short,
        full=options.full,
        other_root=options.other,
    )
    found, failed = _run(bench, [name for name in SCENES if name in wanted])
    say("\n" + figures.table(found))
    path = figures.write(found, ROOT / "bench" / "results", runs=bench.runs, seconds=bench.seconds)
    say(f"\n{path.relative_to(ROOT)}; load average {os.getloadavg()[0]:.1f}")
    return 1 if failed else 0


def _run(bench: Bench, wanted: list[str]) -> tuple[list[Figure], bool]:
    found: list[Figure] = []
    failed = False
    try:
        for name in wanted:
            began = time.monotonic()
            say(f"— {name}: {SCENES[name]}")
            try:
                scene = importlib.import_module(f"bench.scenes.{name}")
                for figure in scene.run(bench):
                    figure.scenario = name
                    found.append(figure)
                    say(f"  {figures.line(figure)}")
            except Exception as error:
                failed = True
                say(f"  FAILED: {error!r}")
            say(f"  ({time.monotonic() - began:.0f} s)")
    finally:
        bench.clear()
    return found, failed


def say(text: str) -> None:
    """Tell whoever waits."""
    print(text, flush=True)  # noqa: T201


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bin/bench", description="Measure how fast the bar is.")
    parser.add_argument("--only", metavar="A,B", help="some scenarios only")
    parser.add_argument("--list", action="store_true", help="say which there are")
    parser.add_argument("--short", action="store_true", help="once each, shortly")
    parser.add_argument("--runs", type=int, help="runs of each [3]")
    parser.add_argument("--seconds", type=float, default=5.0, help="of load in each run [5]")
    parser.add_argument("--other", type=Path, metavar="FOLDER", help="another checkout, measured in turns")
    parser.add_argument(
        "--full", action="store_true", help="flat: 1,000,000 orders and 5,000,000 events (takes long)"
    )
    return parser.parse_args()


if __name__ == "__main__":
    import uvloop

    uvloop.install()
    sys.exit(main())
