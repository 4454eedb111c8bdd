"""A thousand phones scan one code within a second. Ten get a place; a barista goes on working meanwhile."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Iterator

from bench.figures import AT_MOST, Figure, percentile
from bench.speed import Bench
from bench.wire import Http

PHONES, BUDGET = 1000, 10
_CSRF = "a" * 32
_FORM = "Content-Type: application/x-www-form-urlencoded"


def run(bench: Bench) -> Iterator[Figure]:
    """Each time at a store of its own, so that its code is fresh."""
    found = [
        asyncio.run(_rush(bench, f"RUSH{number}", *_store(bench, number))) for number in range(bench.runs)
    ]
    holds = [float(len(each["held"])) for each in found]
    yield Figure("holds given", "", holds, AT_MOST, BUDGET, f"exactly {BUDGET} are right")
    lost = [float(each["lost"].total()) for each in found]
    yield Figure("other answers than a place or a no", "", lost, AT_MOST, 0, str(dict(found[0]["lost"])))
    everybody = [max(each["held"] + each["refused"], default=0) for each in found]
    yield Figure("last phone answered", "s", everybody, AT_MOST, 3)
    yield Figure("refusals, p99", "s", [percentile(each["refused"], 0.99) for each in found], AT_MOST, 2)
    yield Figure(
        "barista's clicks, p99",
        "ms",
        [percentile(each["clicks"], 0.99) * 1000 for each in found],
        AT_MOST,
        300,
    )


def _store(bench: Bench, number: int) -> tuple[str, str]:
    slug = f"RUSH{number}"
    bench.bar.run(
        "manage.py", "store", slug, "--create", "--open", "--per-code", str(BUDGET), "--capacity", "500"
    )
    words = ("--role", "manager", "--store", slug, "--create")
    manager = bench.bar.run("manage.py", "token", f"manager-{slug}", *words).split()[0]
    return manager, f"Authorization: Bearer {manager}"


async def _rush(bench: Bench, store: str, _token: str, manager: str) -> dict:
    desk = Http(bench.bar.url)
    code = json.loads((await desk.json("GET", f"/api/v1/stores/{store}/code", b"", manager)).body)["token"]
    typed = [
        json.loads((await desk.json("POST", f"/api/v1/stores/{store}/walk-ups", _AMERICANO, manager)).body)[
            "id"
        ]
        for _ in range(25)
    ]
    await asyncio.sleep(1)  # until they are queued
    result: dict = {"held": [], "refused": [], "lost": Counter(), "clicks": []}

    async def phone(number: int) -> None:
        await asyncio.sleep(number / PHONES)
        http = Http(bench.bar.url)
        http.cookies = {"csrftoken": _CSRF}
        began = time.perf_counter()
        try:
            answer = await http.send("POST", f"/q/{code}", b"", f"X-CSRFToken: {_CSRF}", _FORM)
        except (OSError, asyncio.IncompleteReadError) as error:
            result["lost"][type(error).__name__] += 1
            return
        kind = {302: "held", 409: "refused"}.get(answer.status)
        if kind:
            result[kind].append(time.perf_counter() - began)
        else:
            result["lost"][answer.status] += 1
        http.close()

    async def barista() -> None:
        for order in typed:
            for act in ("make", "complete"):
                began = time.perf_counter()
                await desk.json("POST", f"/api/v1/orders/{order}/{act}", b"{}", manager)
                result["clicks"].append(time.perf_counter() - began)

    work = asyncio.create_task(barista())
    await asyncio.gather(*(phone(number) for number in range(PHONES)))
    work.cancel()
    desk.close()
    return result


_AMERICANO = b'{"drink": "Americano", "modifiers": []}'
