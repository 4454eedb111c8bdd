"""The same clicks and screens at a bar written the usual Django way, in turns with this one.

Unfair to the usual bar: each of its sockets renders for itself. Unfair to this one: the usual bar has no
holds, limits, clocks, retries or replays, and its journeys end before its workers have told everybody. So its
rate is given twice, the second time with the work that was left over.
"""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass

from bench.figures import AT_LEAST, AT_MOST, Figure
from bench.journeys import ApiWay, Load, Tablets, closed
from bench.speed import Bench
from bench.stand import Stand, Usual

RATIO, CPU_RATIO = 4, 2.5


@dataclass
class Round:
    """A load, and how long it took until nothing was left to do (seconds)."""

    load: Load
    until_done: float

    @property
    def rate(self) -> float:
        """Journeys a second, the work left over included."""
        return len(self.load.took["journey"]) / self.until_done

    @property
    def cost(self) -> float:
        """CPU of the processes, in ms a journey."""
        return self.load.cpu / max(len(self.load.took["journey"]), 1) * 1000


def run(bench: Bench) -> Iterator[Figure]:
    """This bar, the usual one, and the usual one with five subscribers."""
    plain = bench.start(Usual("usual", 0, 3))
    five = bench.start(Usual("usual5", 5, 4))
    yield from asyncio.run(_run(bench, {"bar": bench.bar, "usual": plain, "usual with 5": five}))


async def _run(bench: Bench, stands: dict[str, Stand]) -> list[Figure]:
    ways, open_tablets = {}, list[Tablets]()
    for name, each in stands.items():
        crowd = bench.crowd if name == "bar" else each.people(stores=20, customers=3000)
        tablets = Tablets(each, crowd)
        await tablets.open()
        open_tablets.append(tablets)
        ways[name] = ApiWay(each, crowd, tablets), each, crowd.stores
        await closed(ways[name][0], each.url, crowd.stores, 2)  # the first round warms up
        await _settled(each)
    rounds: dict[str, list[Round]] = {name: [] for name in ways}
    for _ in range(bench.runs):
        for name, (way, each, stores) in ways.items():
            rounds[name].append(await _round(way, each, stores, bench.seconds))
    for screens in open_tablets:
        screens.close()
    return [*_figures(rounds)]


async def _round(way: ApiWay, stand: Stand, stores: list[str], seconds: float) -> Round:
    began, cpu = time.perf_counter(), stand.cpu()
    load = await closed(way, stand.url, stores, seconds)
    await _settled(stand)
    load.cpu = stand.cpu() - cpu
    return Round(load, time.perf_counter() - began)


async def _settled(stand: Stand) -> None:
    """Wait until its worker has nothing left to do, a minute at most."""
    if isinstance(stand, Usual):
        until = time.perf_counter() + 60
        while stand.left_over() and time.perf_counter() < until:
            await asyncio.sleep(0.1)
    else:
        await asyncio.sleep(0.5)


def _figures(rounds: dict[str, list[Round]]) -> Iterator[Figure]:
    for name, found in rounds.items():
        yield Figure(f"{name}: API", "journeys/s", [each.load.rate for each in found])
        yield Figure(f"{name}: API until nothing is left", "journeys/s", [each.rate for each in found])
        yield Figure(f"{name}: CPU", "ms/journey", [each.cost for each in found], note="without the servers")
        yield Figure(
            f"{name}: journeys that failed", "", [float(len(each.load.failed)) for each in found], AT_MOST, 0
        )
    bar = rounds["bar"]
    for name in ("usual", "usual with 5"):
        pairs = list(zip(bar, rounds[name], strict=True))
        rates = [mine.load.rate / theirs.load.rate for mine, theirs in pairs]
        whole = [mine.rate / theirs.rate for mine, theirs in pairs]
        costs = [theirs.cost / mine.cost for mine, theirs in pairs]
        if name == "usual":
            yield Figure(f"bar : {name}", "ratio", rates)
            yield Figure(f"CPU of {name} : bar", "ratio", costs, AT_LEAST, CPU_RATIO)
        else:
            yield Figure(f"bar : {name}", "ratio", rates, AT_LEAST, RATIO)
            yield Figure(f"CPU of {name} : bar", "ratio", costs)
        yield Figure(f"bar : {name}, until nothing is left", "ratio", whole)
