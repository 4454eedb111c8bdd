"""A tap until the others see it: 5 orders a second, 2,000 phones, 6 tablets and 4 walls."""

import asyncio
import itertools
import json
import re
import time
from collections.abc import Awaitable, Iterator
from dataclasses import dataclass, field

from bench.figures import AT_MOST, Figure, percentile
from bench.journeys import SEEN_S, Unexpected
from bench.speed import Bench
from bench.stand import Crowd
from bench.wire import Http, Phone, connect_all

RATE, PHONES, TABLETS, WALLS, STORES = 5, 2000, 3, 2, 2
"""Orders a second, phones in all; tablets and walls at each of so many stores."""
_ROW = re.compile(rb'id="(o-[\w-]+|n\d+-\d+)"[^>]*data-status="(\w+)"')
_ORDER = re.compile(rb'id="order"[^>]*data-status="(\w+)"')
IDLE_S = 16
"""For so long nobody orders: two pulses."""
_ACTS = {"make": "making", "complete": "ready"}


@dataclass
class Tap:
    """A barista's tap: when, on what, and when it was answered."""

    at: float
    store: str
    order: str
    row: str
    status: str
    answered: float = 0.0


@dataclass
class Scene:
    """All screens, what they showed when, and all taps."""

    bench: Bench
    crowd: Crowd
    seen: dict[tuple[str, str, str], float] = field(default_factory=dict)
    queued: dict[str, asyncio.Future] = field(default_factory=dict)
    taps: list[Tap] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    screens: dict[str, list[str]] = field(default_factory=dict)

    def wall(self, name: str):
        """What a wall or tablet does with a frame: note which row shows which status since when."""

        def heard(frame: bytes) -> None:
            now = time.perf_counter()
            for row, status in _ROW.findall(frame):
                self.seen.setdefault((name, row.decode(), status.decode()), now)
                order = self.queued.get(row.decode()[2:])
                if order and status == b"queued" and not order.done():
                    order.set_result(None)

        return heard

    def phone(self, order: str):
        """What the customer's phone does with one."""

        def heard(frame: bytes) -> None:
            if found := _ORDER.search(frame):
                self.seen.setdefault(("phone", order, found[1].decode()), time.perf_counter())

        return heard

    async def open(self) -> list[Phone]:
        """Switch on every screen."""
        url, found = self.bench.bar.url, []
        for store in self.crowd.stores[:STORES]:
            for role, count in (("barista", TABLETS), ("display", WALLS)):
                cookie = {"sessionid": self.crowd.sessions[f"{role}-{store}"][0]}
                names = [f"{role} {n} of {store}" for n in range(count)]
                self.screens.setdefault(store, []).extend(names)
                found += [Phone(url, f"/ws/{role}/{store}/", self.wall(name), cookie) for name in names]
            found += [Phone(url, f"/ws/stores/{store}/", lambda _: None, {}) for _ in range(PHONES // STORES)]
        await connect_all(found)
        return found

    async def order(self, http: Http, number: int) -> None:
        """One customer and the barista, to the end."""
        store = self.crowd.stores[number % STORES]
        me = f"Authorization: Bearer {self.crowd.customers[number]}"
        bob = f"Authorization: Bearer {self.crowd.baristas[store][0]}"
        token = json.dumps({"token": self.crowd.codes[store]}).encode()
        made = await _call(http, "POST", f"stores/{store}/orders", me, token)
        order = made["id"]
        self.queued[order] = asyncio.get_running_loop().create_future()
        cookie = {"sessionid": self.crowd.sessions["customers"][number]}
        phone = await Phone(self.bench.bar.url, f"/ws/orders/{order}/", self.phone(order), cookie).connect()
        await _call(http, "PUT", f"orders/{order}", me, b'{"drink": "Americano", "modifiers": []}')
        await asyncio.wait_for(self.queued[order], SEEN_S)
        for act, status in _ACTS.items():
            tap = Tap(time.perf_counter(), store, order, "", status)
            answer = await _call(http, "POST", f"orders/{order}/{act}", bob)
            tap.answered, tap.row = time.perf_counter(), f"n{answer['series']}-{answer['number']}"
            self.taps.append(tap)
            await asyncio.sleep(0.2)
        await _call(http, "POST", f"orders/{order}/collect", bob)
        phone.close()

    def delays(self) -> tuple[list[float], list[float], int]:
        """Seconds from each tap to the customer's phone, and to the store's other screens; how many never."""
        phones: list[float] = []
        others: list[float] = []
        never = 0
        for tap in self.taps:
            places = [("phone", tap.order, tap.status)]
            for name in self.screens[tap.store]:
                row = f"o-{tap.order}" if name.startswith("barista") else tap.row
                places.append((name, row, tap.status))
            for place in places:
                if place not in self.seen:
                    never += 1
                else:
                    (phones if place[0] == "phone" else others).append(self.seen[place] - tap.at)
        return phones, others, never


async def _call(http: Http, method: str, path: str, who: str, body: bytes = b"{}") -> dict:
    answer = await http.json(method, f"/api/v1/{path}", body, who)
    if answer.status >= 300:
        raise Unexpected(f"{path}: {answer.status} {answer.body[:120]!r}")
    return json.loads(answer.body)


def run(bench: Bench) -> Iterator[Figure]:
    """Some seconds of it, each time with fresh customers."""
    return iter(asyncio.run(_run(bench)))


async def _run(bench: Bench) -> list[Figure]:
    scenes, idle, busy = [], [], []
    numbers = itertools.count(len(bench.crowd.sessions["customers"]) // 2)  # the others order through pages
    for _ in range(bench.runs):
        scene = Scene(bench, bench.crowd)
        screens = await scene.open()
        await asyncio.sleep(3)
        idle.append(sum((await _cpu(bench, asyncio.sleep(IDLE_S))).values()) / IDLE_S)
        seconds = max(bench.seconds, 16)
        used = await _cpu(bench, _load(scene, numbers, seconds))
        busy.append({part: spent / int(RATE * seconds) * 1000 for part, spent in used.items()})
        for screen in screens:
            screen.close()
        scenes.append(scene)
    delays = [scene.delays() for scene in scenes]
    answers = [[tap.answered - tap.at for tap in scene.taps] for scene in scenes]
    failed = [failure for scene in scenes for failure in scene.failed]

    def ms(found: list[list[float]], share: float) -> list[float]:
        return [percentile(each, share) * 1000 for each in found]

    phones, others = [each[0] for each in delays], [each[1] for each in delays]
    return [
        Figure("tap → customer's phone, p50", "ms", ms(phones, 0.5), AT_MOST, 25),
        Figure("tap → customer's phone, p99", "ms", ms(phones, 0.99), AT_MOST, 100),
        Figure("tap → walls and tablets, p50", "ms", ms(others, 0.5), AT_MOST, 25),
        Figure("tap → walls and tablets, p99", "ms", ms(others, 0.99), AT_MOST, 100),
        Figure("tap answered, p99", "ms", ms(answers, 0.99), AT_MOST, 100),
        Figure("CPU of an order", "ms", [sum(each.values()) for each in busy], AT_MOST, 100, "all processes"),
        *(
            Figure(f"CPU of an order: {part}", "ms", [each[part] for each in busy])
            for part in sorted(busy[0])
        ),
        Figure("CPU of the open screens", "% of a core", [each * 100 for each in idle], note="nobody orders"),
        Figure("taps some screen never showed", "", [float(each[2]) for each in delays], AT_MOST, 0),
        Figure("orders that failed", "", [float(len(failed))], AT_MOST, 0, failed[0][:80] if failed else ""),
    ]


async def _cpu(bench: Bench, work: Awaitable) -> dict[str, float]:
    """Seconds of CPU that the bar's processes use while something happens, by what they are."""
    before = bench.bar.cpu_by_part()
    await work
    return {part: spent - before[part] for part, spent in bench.bar.cpu_by_part().items()}


async def _load(scene: Scene, numbers: Iterator[int], seconds: float) -> None:
    idle: list[Http] = []

    async def one() -> None:
        http = idle.pop() if idle else Http(scene.bench.bar.url)
        try:
            await scene.order(http, next(numbers))
        except (OSError, TimeoutError, asyncio.IncompleteReadError, Unexpected) as error:
            scene.failed.append(repr(error))
            http.close()
        idle.append(http)

    began, coming = time.perf_counter(), []
    for n in range(int(RATE * seconds)):
        await asyncio.sleep(max(began + n / RATE - time.perf_counter(), 0))
        coming.append(asyncio.create_task(one()))
    await asyncio.gather(*coming)
    await asyncio.sleep(0.5)
    for http in idle:
        http.close()
