"""A thousand phones scan one code within a second, each from a network of its own. Ten get a place; a barista
goes on working meanwhile. The same thousand posts go to the bare limit, in turns."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator

from bench.figures import AT_MOST, Figure, percentile
from bench.speed import Bench
from bench.wire import Answer, Http

PHONES, BUDGET = 1000, 10
HELD, REFUSED = 302, 409
_CSRF = "a" * 32
_FORM = "Content-Type: application/x-www-form-urlencoded"


def run(bench: Bench) -> Iterator[Figure]:
    """Each time at a store of its own, so that its code is fresh."""
    found, bare = [], []
    for number in range(bench.runs):
        found.append(asyncio.run(_rush(bench, *_store(bench, number))))
        bare.append(asyncio.run(_bare(bench)))
    holds = [float(each["answers"][HELD]) for each in found]
    yield Figure("holds given", "", holds, AT_MOST, BUDGET, f"exactly {BUDGET} are right")
    lost = [
        float(each["answers"].total() - each["answers"][HELD] - each["answers"][REFUSED]) for each in found
    ]
    yield Figure("other answers than a place or a no", "", lost, AT_MOST, 0, str(dict(found[0]["answers"])))
    took = [each["seconds"] for each in found]
    yield Figure("first scan to last answer", "s", took, AT_MOST, 3)
    ratios = [ours / theirs for ours, theirs in zip(took, bare, strict=True)]
    yield Figure("first scan to last answer : bare limit", "ratio", ratios, AT_MOST, 2.5)
    yield Figure("a scan's answer, p99", "s", [percentile(each["took"], 0.99) for each in found], AT_MOST, 2)
    clicks = [percentile(each["clicks"], 0.99) * 1000 for each in found]
    yield Figure("barista's clicks, p99", "ms", clicks, AT_MOST, 300)


def _store(bench: Bench, number: int) -> tuple[str, str]:
    """A fresh store, and its manager's header."""
    slug = f"RUSH{number}"
    bench.bar.run(
        "manage.py", "store", slug, "--create", "--open", "--per-code", str(BUDGET), "--capacity", "500"
    )
    words = ("--role", "manager", "--store", slug, "--create")
    manager = bench.bar.run("manage.py", "token", f"manager-{slug}", *words).split()[0]
    return slug, f"Authorization: Bearer {manager}"


async def _rush(bench: Bench, store: str, manager: str) -> dict:
    desk = Http(bench.bar.url)
    code = json.loads((await desk.json("GET", f"/api/v1/stores/{store}/code", b"", manager)).body)["token"]
    walk_ups = f"/api/v1/stores/{store}/walk-ups"
    typed = [
        json.loads((await desk.json("POST", walk_ups, _AMERICANO, manager)).body)["id"] for _ in range(25)
    ]
    await asyncio.sleep(1)  # until they are queued
    clicks: list[float] = []

    async def barista() -> None:
        for order in typed:
            for act in ("make", "complete"):
                began = time.perf_counter()
                await desk.json("POST", f"/api/v1/orders/{order}/{act}", b"{}", manager)
                clicks.append(time.perf_counter() - began)

    async def scan(http: Http) -> Answer:
        http.cookies = {"csrftoken": _CSRF}
        return await http.send("POST", f"/q/{code}", b"", f"X-CSRFToken: {_CSRF}", _FORM)

    work = asyncio.create_task(barista())
    result = await _within_a_second(bench.bar.url, scan)
    work.cancel()
    desk.close()
    return result | {"clicks": clicks}


async def _bare(bench: Bench) -> float:
    """Seconds for as many scans at the bare limit."""
    store = bench.crowd.stores[0]
    sent = json.dumps({"token": bench.crowd.codes[store]}).encode()
    found = await _within_a_second(
        bench.bare.url, lambda http: http.json("POST", f"/stores/{store}/orders", sent)
    )
    return found["seconds"]


async def _within_a_second(url: str, scan: Callable[[Http], Awaitable[Answer]]) -> dict:
    """Answers by status, seconds of each, and from the first scan to the last answer."""
    answers: Counter[int | str] = Counter()
    took: list[float] = []
    first = time.perf_counter()

    async def phone(number: int) -> None:
        await asyncio.sleep(number / PHONES)
        http = Http(url, source=f"127.1.{number // 250}.{number % 250 + 1}")
        began = time.perf_counter()
        try:
            answers[(await scan(http)).status] += 1
        except (OSError, asyncio.IncompleteReadError) as error:
            answers[type(error).__name__] += 1
        took.append(time.perf_counter() - began)
        http.close()

    await asyncio.gather(*(phone(number) for number in range(PHONES)))
    return {"answers": answers, "took": took, "seconds": time.perf_counter() - first}


_AMERICANO = b'{"drink": "Americano", "modifiers": []}'
