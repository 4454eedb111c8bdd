"""What one order asks PostgreSQL, BEGIN and COMMIT included, counted by pg_stat_statements.

At saturation over 20 stores, each with a tablet and a wall; and a lone order every two seconds without
screens. What the bar asks anyway is counted before and afterwards and taken off. A count that cannot be
trusted is an error: when work goes on long after the orders, or PostgreSQL had to forget some statements.
What PostgreSQL asks itself to check foreign keys is left out: about 8 statements.
"""

import asyncio
import os
import re
import time
from collections import Counter
from collections.abc import Iterator

import psycopg

from bench.figures import AT_MOST, Figure
from bench.journeys import ApiWay, Tablets, closed, steady
from bench.speed import Bench

SATURATED, LONE = 110, 120
IDLE_S, LATEST_S = 6, 30
"""Seconds for which an idle bar is watched; the longest that work may go on after the last order."""
_KINDS = {
    "begin and commit": r"^(BEGIN|COMMIT|ROLLBACK)",
    "reads of orders": r"^SELECT .* FROM \"orders_order\"",
    "reads of events": r"^SELECT .* FROM \"events_(event|stream)\"",
    "subscribers' offsets": r"events_(cursor|subscription|parked)|pg_try_advisory",
    "other reads": r"^SELECT ",
    "writes": r"^(INSERT|UPDATE|DELETE|WITH) ",
}
"""The first that fits counts."""


def run(bench: Bench) -> Iterator[Figure]:
    """Both ways, some runs each."""
    with _connect() as server:
        server.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
    return iter(asyncio.run(_run(bench)))


async def _run(bench: Bench) -> list[Figure]:
    tablets = Tablets(bench.bar, bench.crowd)
    alone = ApiWay(bench.bar, bench.crowd, None, pause_s=0.3)
    seen = ApiWay(bench.bar, bench.crowd, tablets)
    url, stores = bench.bar.url, bench.crowd.stores
    await steady(alone, url, stores[:1], 4, 0.5)  # so that nothing is read for the first time
    lone = [await _count(lambda: steady(alone, url, stores[:1], 20, 0.5)) for _ in range(bench.runs)]
    await tablets.open()
    await closed(seen, url, stores, 2)
    full = [await _count(lambda: closed(seen, url, stores, bench.seconds)) for _ in range(bench.runs)]
    tablets.close()
    return [
        *_figures("at saturation", full, SATURATED, "20 stores with a tablet and a wall each"),
        *_figures("a lone order", lone, LONE, "no screens"),
    ]


def _figures(name: str, runs: list[dict[str, float]], target: int, note: str) -> Iterator[Figure]:
    yield Figure(name, "statements", [sum(run.values()) for run in runs], AT_MOST, target, note)
    for kind in _KINDS:
        yield Figure(f"{name}: {kind}", "", [run[kind] for run in runs])


async def _count(load) -> dict[str, float]:
    """Statements by kind for each order of a load, without what an idle bar asks in that time."""
    idle = await _idle()
    before, began = _calls(), time.monotonic()
    done = await load()
    if done.failed:
        raise RuntimeError(f"{len(done.failed)} orders failed: {done.failed[0]}")
    await _rest(sum(idle.values()))
    found, seconds = _calls() - before, time.monotonic() - began
    orders = len(done.took["journey"])
    return {kind: (found[kind] - idle[kind] * seconds) / orders for kind in _KINDS}


async def _idle() -> Counter[str]:
    """Statements a second by kind, with nobody there."""
    before = _calls()
    await asyncio.sleep(IDLE_S)
    return Counter({kind: calls / IDLE_S for kind, calls in (_calls() - before).items()})


async def _rest(idle: float) -> None:
    """Wait until an idle bar is idle again: two seconds in a row with hardly more than is usual."""
    calm, until = 0, time.monotonic() + LATEST_S
    while calm < 2:
        before = _calls().total()
        await asyncio.sleep(1)
        calm = calm + 1 if _calls().total() - before < 1.5 * idle + 10 else 0
        if time.monotonic() > until:
            raise RuntimeError(
                f"Work still went on {LATEST_S} s after the last order: the count means nothing."
            )


def _calls() -> Counter[str]:
    """How often each kind of statement was run so far, ours left out."""
    with _connect() as server:
        if server.execute("SELECT dealloc FROM pg_stat_statements_info").fetchone() != (0,):
            raise RuntimeError("PostgreSQL forgot statements: raise pg_stat_statements.max.")
        rows = server.execute(
            "SELECT query, calls FROM pg_stat_statements WHERE query !~ 'pg_stat'"
        ).fetchall()
    found: Counter[str] = Counter()
    for query, calls in rows:
        plain = " ".join(query.split())
        found[next((kind for kind, pattern in _KINDS.items() if re.search(pattern, plain)), "others")] += (
            calls
        )
    return found


def _connect() -> psycopg.Connection:
    return psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
