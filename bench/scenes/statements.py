"""What one order's way asks PostgreSQL, counted in the server's log: clicks, chains, screens, subscribers.

A tablet and a wall are on. What the bar asks anyway, with nobody there, is counted beforehand and taken off.
"""

import asyncio
import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psycopg

from bench.figures import Figure
from bench.journeys import ApiWay, Tablets, steady
from bench.speed import Bench

IDLE_S = 8.0
_KINDS = {
    "the time": r"clock_timestamp",
    "the log's head": r"^SELECT .* FROM \"events_stream\"",
    "events of the log": r"^SELECT .* FROM \"events_event\"",
    "menus": r"^SELECT .* FROM \"config_(drink|modifiergroup|option)",
    "orders": r"^SELECT .* FROM \"orders_order\"",
    "subscribers' places": r"events_(cursor|subscription|parked)|pg_try_advisory",
    "begin and commit": r"^(BEGIN|COMMIT|ROLLBACK)",
    "whether a connection lives": r"^$",
}


def run(bench: Bench) -> Iterator[Figure]:
    """One order each time, some seconds after the last."""
    asyncio.run(_order(bench, 2, 5))  # so that nothing is read for the first time
    log = _log()
    found = [_count(bench, log) for _ in range(bench.runs)]
    _say("RESET")
    yield Figure(
        "all statements", "", [each["all"] for each in found], note="for one order, idle ones taken off"
    )
    for kind in _KINDS:
        yield Figure(kind, "", [each[kind] for each in found])


def _log() -> Path:
    """Have the server write down every statement; where it does."""
    with _say("SET") as server:
        pid = server.execute("SELECT pg_backend_pid()").fetchone()
    return Path(f"/proc/{pid[0] if pid else 'self'}/fd/2").resolve()


def _say(verb: str) -> psycopg.Connection:
    server = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
    value = " = 0" if verb == "SET" else ""
    server.execute(f"ALTER SYSTEM {verb} log_min_duration_statement{value}".encode())
    server.execute("SELECT pg_reload_conf()")
    return server


def _count(bench: Bench, log: Path) -> dict[str, float]:
    idle = _kinds(bench, log, 0)
    busy = _kinds(bench, log, 1)
    return {kind: max(busy[kind] - idle[kind], 0.0) for kind in ("all", *_KINDS)}


def _kinds(bench: Bench, log: Path, orders: int) -> Counter[str]:
    before = log.stat().st_size
    asyncio.run(_order(bench, orders, IDLE_S))
    text = log.read_bytes()[before:].decode(errors="replace")
    kinds: Counter[str] = Counter()
    for statement in re.findall(r"(?:statement|execute [^:]+): ((?:.*)(?:\n\t.*)*)", text):
        kinds["all"] += 1
        kinds.update(kind for kind, pattern in _KINDS.items() if re.search(pattern, statement.strip()))
    return kinds


async def _order(bench: Bench, orders: int, seconds: float) -> None:
    store, tablets = bench.crowd.stores[:1], Tablets(bench.bar, bench.crowd)
    tablets.phones = tablets.phones[:2]
    await tablets.open()
    await asyncio.sleep(1)
    if orders:
        await steady(ApiWay(bench.bar, bench.crowd, tablets), bench.bar.url, store, 1.0, float(orders))
    await asyncio.sleep(seconds)
    tablets.close()
