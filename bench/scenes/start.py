"""How long the bar takes to answer after it was started or killed, and how much memory it takes."""

import os
import signal
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress

from bench import stand
from bench.figures import AT_MOST, Figure
from bench.speed import Bench

FIRST_S, LATER_S, MB = 30, 5, 180
AGAIN_S = 1
IDLE, IDLE_S = 2, 15
LASTED_S = 4
"""The supervisor lets what dies younger rest."""


def run(bench: Bench) -> Iterator[Figure]:
    """In one process, with an empty data folder and again with what it left there; then with servers."""
    first, later, memory, idle = [], [], [], []
    for _ in range(bench.runs):
        bar = stand.embedded("start")
        try:
            first.append(bar.start(path="/healthz"))
            bar.stop()
            later.append(bar.start(path="/healthz"))
            time.sleep(3)
            memory.append(bar.memory())
            idle.append(_idle(bar))
        finally:
            bar.clear()
    yield Figure("first start, packages there", "s", first, AT_MOST, FIRST_S)
    yield Figure("later starts", "s", later, AT_MOST, LATER_S)
    yield Figure("memory of the one process", "MB", memory, AT_MOST, MB, "all extensions on, at rest")
    yield Figure("idle, one process", "% of a core", idle, AT_MOST, IDLE)
    yield from _several(bench)


def _several(bench: Bench) -> Iterator[Figure]:
    bar = bench.bar
    bar.stop()
    yield Figure("start with servers", "s", [bar.start()], note="until it is ready, its tables being there")
    yield Figure("CPU of that", "s", [bar.cpu()], note="all processes")
    time.sleep(3)
    yield Figure("idle, with servers", "% of a core", [_idle(bar) for _ in range(bench.runs)], AT_MOST, IDLE)
    again, cpu = [], []
    for _ in range(bench.runs):
        time.sleep(LASTED_S)
        again.append(_killed(bar))
        time.sleep(1)
        cpu.append(max(bar.cpu([pid]) for pid in bar.named("web ")))
    yield Figure("all web processes killed, until one answers", "s", again, AT_MOST, AGAIN_S)
    yield Figure("CPU of a web process a second later", "s", cpu)
    yield Figure("memory with servers", "MB", [bar.memory()], note=f"{len(bar.processes())} processes")


def _idle(bar: stand.Stand) -> float:
    """Processor time of a bar with nobody there, the servers' left out."""
    before = bar.cpu()
    time.sleep(IDLE_S)
    return (bar.cpu() - before) / IDLE_S * 100


def _killed(bar: stand.Stand) -> float:
    for pid in bar.named("web "):
        os.kill(pid, signal.SIGKILL)
    began = time.perf_counter()
    while time.perf_counter() - began < 60:
        with suppress(OSError), urllib.request.urlopen(f"{bar.url}/healthz", timeout=60):  # noqa: S310
            return time.perf_counter() - began
        time.sleep(0.01)
    return float("inf")
