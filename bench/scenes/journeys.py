"""Journeys over 20 stores and at one, against the bare limit in turns; clicks at half of the highest rate."""

import asyncio
import itertools
from collections.abc import Iterator

from bench.figures import AT_LEAST, AT_MOST, Figure
from bench.journeys import ApiWay, BareWay, Load, PageWay, Tablets, closed, steady
from bench.speed import Bench
from bench.stand import Crowd, Stand

RATIO, STRETCH, ONE_STORE, CLICK_MS = 0.12, 0.25, 20, 100


def run(bench: Bench) -> Iterator[Figure]:
    """API, pages and bare take turns, so that a noisy moment does not hit one of them alone."""
    return iter(asyncio.run(_run(bench)))


async def _run(bench: Bench) -> list[Figure]:
    crowd, tablets = bench.crowd, Tablets(bench.bar, bench.crowd)
    await tablets.open()
    api = ApiWay(bench.bar, crowd, tablets)
    ways = {
        "API": (api, bench.bar),
        "pages": (PageWay(bench.bar, crowd, tablets), bench.bar),
        "bare": (BareWay(bench.bare, crowd), bench.bare),
    }
    others = await _other(bench)
    ways |= others.ways
    for way, stand in ways.values():
        await closed(way, stand.url, crowd.stores, 2)  # the first round warms up
    loads: dict[str, list[Load]] = {name: [] for name in (*ways, "one store")}
    for _ in range(bench.runs):
        for name, (way, stand) in ways.items():
            loads[name].append(await _measured(way, stand, others.stores(name, crowd), bench.seconds))
        loads["one store"].append(await _measured(api, bench.bar, crowd.stores[:1], bench.seconds))
    half = sorted(load.rate for load in loads["API"])[bench.runs // 2] / 2
    calm = [await steady(api, bench.bar.url, crowd.stores, bench.seconds, half) for _ in range(bench.runs)]
    tablets.close()
    others.close()
    return [*_figures(loads), *_clicks(calm, half), *_failures([*itertools.chain(*loads.values()), *calm])]


async def _measured(way, stand: Stand, stores: list[str], seconds: float) -> Load:
    before = stand.cpu()
    load = await closed(way, stand.url, stores, seconds)
    load.cpu = stand.cpu() - before
    return load


class _Other:
    """Another checkout, if one is asked for, with stores and people of its own."""

    def __init__(
        self, crowd: Crowd | None = None, tablets: Tablets | None = None, stand: Stand | None = None
    ):
        self.crowd, self.tablets = crowd, tablets
        self.ways = {"other": (ApiWay(stand, crowd, tablets), stand)} if stand and crowd else {}

    def stores(self, name: str, mine: Crowd) -> list[str]:
        return (self.crowd if name == "other" and self.crowd else mine).stores

    def close(self) -> None:
        if self.tablets:
            self.tablets.close()


async def _other(bench: Bench) -> _Other:
    if bench.other_root is None:
        return _Other()
    crowd = bench.other.people(stores=20, customers=9000)
    tablets = Tablets(bench.other, crowd)
    await tablets.open()
    return _Other(crowd, tablets, bench.other)


def _figures(loads: dict[str, list[Load]]) -> Iterator[Figure]:
    def rates(name: str) -> list[float]:
        return [load.rate for load in loads[name]]

    def ratios(name: str, to: str) -> list[float]:
        return [a / b for a, b in zip(rates(name), rates(to), strict=True)]

    yield Figure("bare limit", "journeys/s", rates("bare"))
    yield Figure("API", "journeys/s", rates("API"))
    yield Figure("API : bare limit", "ratio", ratios("API", "bare"), AT_LEAST, RATIO, f"stretch {STRETCH}")
    yield Figure("pages", "journeys/s", rates("pages"))
    yield Figure("pages : bare limit", "ratio", ratios("pages", "bare"), AT_LEAST, RATIO)
    yield Figure("one store", "journeys/s", rates("one store"), AT_LEAST, ONE_STORE)
    costs = [load.cpu / max(len(load.took["journey"]), 1) * 1000 for load in loads["API"]]
    yield Figure("CPU of the bar's processes", "ms/journey", costs, note="without PostgreSQL and Redis")
    if "other" in loads:
        yield Figure("API : other checkout", "ratio", ratios("API", "other"))


def _clicks(calm: list[Load], half: float) -> Iterator[Figure]:
    for name in ("scan", "submit", "make", "complete", "collect"):
        p99 = [load.p(0.99, name) for load in calm]
        yield Figure(f"{name}, p99 at half the rate", "ms", p99, AT_MOST, CLICK_MS, f"{half:.1f} journeys/s")
    yield Figure("any click, p50 at half the rate", "ms", [load.p(0.5) for load in calm])


def _failures(loads: list[Load]) -> Iterator[Figure]:
    failed = [failure for load in loads for failure in load.failed]
    yield Figure(
        "journeys that failed", "", [float(len(failed))], AT_MOST, 0, failed[0][:80] if failed else ""
    )
