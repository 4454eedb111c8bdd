"""Journeys through the bar in one process, on SQLite."""

import asyncio
from collections.abc import Iterator

from bench.figures import AT_LEAST, AT_MOST, Figure
from bench.journeys import ApiWay, Tablets, closed, steady
from bench.speed import Bench


def run(bench: Bench) -> Iterator[Figure]:
    """As many as it gives, then clicks at half of that."""
    return iter(asyncio.run(_run(bench)))


async def _run(bench: Bench) -> list[Figure]:
    stand, crowd = bench.embedded, bench.embedded_crowd
    tablets = Tablets(stand, crowd)
    await tablets.open()
    way = ApiWay(stand, crowd, tablets)
    await closed(way, stand.url, crowd.stores, 2, users=16)
    most = [await closed(way, stand.url, crowd.stores, bench.seconds, users=16) for _ in range(bench.runs)]
    half = sorted(load.rate for load in most)[bench.runs // 2] / 2
    calm = [await steady(way, stand.url, crowd.stores, bench.seconds, half) for _ in range(bench.runs)]
    tablets.close()
    failed = [failure for load in most + calm for failure in load.failed]
    return [
        Figure("API", "journeys/s", [load.rate for load in most], AT_LEAST, 20),
        Figure("any click, p99 at half the rate", "ms", [load.p(0.99) for load in calm], AT_MOST, 100),
        Figure("journeys that failed", "", [len(failed)], AT_MOST, 0, failed[0][:80] if failed else ""),
    ]
