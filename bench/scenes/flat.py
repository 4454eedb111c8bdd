"""The same load on an empty database and on one full of history: what is long over must cost nothing."""

import asyncio
import statistics
from collections.abc import Iterator

from bench.figures import AT_LEAST, AT_MOST, Figure
from bench.history import fill
from bench.journeys import ApiWay, Load, Tablets, closed, steady
from bench.speed import Bench

FULL = {"orders": 1_000_000, "events": 5_000_000, "stores": 200}
SCALED = {"orders": 100_000, "events": 500_000, "stores": 50}
SHORT = {"orders": 2_000, "events": 10_000, "stores": 30}
TIMES = 1.2


def run(bench: Bench) -> Iterator[Figure]:
    """Before and after; ratios of the runs in their order."""
    past = SHORT if bench.short else FULL if bench.full else SCALED
    before, calm_before = asyncio.run(_measure(bench, None))
    half = statistics.median(load.rate for load in before) / 2
    fill(bench.bar.environment["DATABASE_URL"], **past)
    after, calm_after = asyncio.run(_measure(bench, half))
    said = f"{past['orders']:,} orders, {past['events']:,} events, {past['stores']} stores"
    rates = [full.rate / empty.rate for empty, full in zip(before, after, strict=True)]
    clicks = [full.p(0.5) / empty.p(0.5) for empty, full in zip(calm_before, calm_after, strict=True)]
    yield Figure("journeys/s, full : empty", "ratio", rates, AT_LEAST, round(1 / TIMES, 2), said)
    yield Figure(
        "any click p50, full : empty", "ratio", clicks, AT_MOST, TIMES, "at half the empty one's rate"
    )
    failed = [failure for load in [*before, *after, *calm_before, *calm_after] for failure in load.failed]
    yield Figure("journeys that failed", "", [len(failed)], AT_MOST, 0, failed[0][:80] if failed else "")


async def _measure(bench: Bench, half: float | None) -> tuple[list[Load], list[Load]]:
    """The most it gives, and then calmly at a rate: half of that most, unless given."""
    crowd, tablets = bench.crowd, Tablets(bench.bar, bench.crowd)
    await tablets.open()
    way = ApiWay(bench.bar, crowd, tablets)
    await closed(way, bench.bar.url, crowd.stores, 2)
    most = [await closed(way, bench.bar.url, crowd.stores, bench.seconds) for _ in range(bench.runs)]
    rate = half or statistics.median(load.rate for load in most) / 2
    calm = [await steady(way, bench.bar.url, crowd.stores, bench.seconds, rate) for _ in range(bench.runs)]
    tablets.close()
    return most, calm
