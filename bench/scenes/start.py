"""How long the bar takes to answer after it was started, and how much memory it takes."""

import time
from collections.abc import Iterator

from bench import stand
from bench.figures import AT_MOST, Figure
from bench.speed import Bench

FIRST_S, LATER_S, MB = 30, 5, 180


def run(bench: Bench) -> Iterator[Figure]:
    """In one process: with an empty data folder, and again with what it left there."""
    first, later, memory = [], [], []
    for _ in range(bench.runs):
        bar = stand.embedded("start")
        try:
            first.append(bar.start(path="/healthz"))
            bar.stop()
            later.append(bar.start(path="/healthz"))
            time.sleep(3)
            memory.append(bar.memory())
        finally:
            bar.clear()
    yield Figure("first start, packages there", "s", first, AT_MOST, FIRST_S)
    yield Figure("later starts", "s", later, AT_MOST, LATER_S)
    yield Figure("memory of the one process", "MB", memory, AT_MOST, MB, "all extensions on, at rest")
    yield Figure("memory with servers", "MB", [bench.bar.memory()], note="all processes, shared pages twice")
