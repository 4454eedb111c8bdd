"""The naive way: 500 phones ask for their page every 2 seconds, while 20 orders a second change."""

import asyncio
import itertools
import os
import random
import time
from collections.abc import Iterator

from bench.figures import Figure, percentile
from bench.naive import SCHEMA
from bench.speed import Bench
from bench.stand import Shared, Stand, make_database
from bench.wire import Http

PHONES, EVERY_S, CHANGES = 500, 2.0, 20


def run(bench: Bench) -> Iterator[Figure]:
    """Nothing is held to a target: it is what the live screens are compared with."""
    import psycopg

    url = make_database("bench_naive")
    with psycopg.connect(url) as database:
        database.execute(SCHEMA.encode())
    naive = bench.start(Shared("naive", "bench.rivals naive", os.cpu_count() or 1, {"DATABASE_URL": url}))
    found = [asyncio.run(_poll(naive, bench.seconds)) for _ in range(bench.runs)]
    naive.stop()
    yield Figure("change → customer's phone, p50", "ms", [percentile(each[0], 0.5) * 1000 for each in found])
    yield Figure("change → customer's phone, p99", "ms", [percentile(each[0], 0.99) * 1000 for each in found])
    yield Figure("pages answered", "pages/s", [each[1] for each in found], note=f"{PHONES} phones")
    yield Figure("CPU of its processes", "s/s", [each[2] for each in found], note="without PostgreSQL")


async def _poll(naive: Stand, seconds: float) -> tuple[list[float], float, float]:
    changed: dict[int, tuple[bytes, float]] = {}
    delays: list[float] = []
    pages = 0
    began, cpu = time.perf_counter(), naive.cpu()
    until = began + seconds + EVERY_S

    async def phone(number: int) -> None:
        nonlocal pages
        http = Http(naive.url)
        await asyncio.sleep(random.random() * EVERY_S)  # noqa: S311
        while (now := time.perf_counter()) < until:
            body = (await http.send("GET", f"/{number}/")).body
            pages += 1
            if number in changed and changed[number][0] in body:
                delays.append(time.perf_counter() - changed.pop(number)[1])
            await asyncio.sleep(max(now + EVERY_S - time.perf_counter(), 0))
        http.close()

    async def barista() -> None:
        http = Http(naive.url)
        for turn in itertools.count():
            if (at := began + turn / CHANGES) > began + seconds:
                return
            await asyncio.sleep(max(at - time.perf_counter(), 0))
            number, status = turn % PHONES + 1, f"ready{turn}-{time.time_ns()}"
            changed[number] = (status.encode(), time.perf_counter())
            await http.send("POST", f"/{number}/{status}/")

    await asyncio.gather(barista(), *(phone(number + 1) for number in range(PHONES)))
    took = time.perf_counter() - began
    return delays, pages / took, (naive.cpu() - cpu) / took
