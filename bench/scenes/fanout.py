"""A store's status on every open phone, one of them dead; against Socket.IO and bare websockets, in turns."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterator

from bench.figures import AT_MOST, Figure
from bench.speed import Bench
from bench.stand import Shared, Stand
from bench.wire import Http, Phone, connect_all

TARGETS = {1000: 100, 5000: 300}
KIB = 40
DEAD = 5
"""Phones that stop reading: they must delay nobody."""


class Crowd:
    """So many phones on one thing, and when the last of them heard of it."""

    def __init__(self, stand: Stand, path: str, count: int, mark: bytes):
        self.stand, self.count, self.mark = stand, count, mark
        self.waiting, self.last, self.done = 0, 0.0, asyncio.Event()
        self.phones = [Phone(stand.url, path, self._heard, {}) for _ in range(count)]

    def _heard(self, frame: bytes) -> None:
        if self.mark in frame and self.waiting:
            self.waiting -= 1
            if not self.waiting:
                self.last = time.perf_counter()
                self.done.set()

    async def told(self, change: Callable[[], Awaitable], among: int) -> float:
        """Milliseconds from making a change until so many have heard of it."""
        self.waiting = among
        self.done.clear()
        began = time.perf_counter()
        await change()
        await asyncio.wait_for(self.done.wait(), 20)
        return (self.last - began) * 1000

    def close(self) -> None:
        """All hang up."""
        for phone in self.phones:
            phone.close()


def run(bench: Bench) -> Iterator[Figure]:
    """1,000 and then 5,000 phones."""
    rivals = {
        name: bench.start(Plain(name, f"bench.rivals {name}", 1)) for name in ("socketio", "websockets")
    }
    for count in [1000] if bench.short else TARGETS:
        yield from asyncio.run(_compare(bench, rivals, count))
    for rival in rivals.values():
        rival.stop()


class Plain(Shared):
    """A server that answers no /readyz: it is ready when something listens."""

    def start(self, fds: tuple[int, ...] = (), path: str = "") -> float:
        """Start it, and give it a moment."""
        self.launch()
        time.sleep(2)
        return 2.0


async def _compare(bench: Bench, rivals: dict[str, Stand], count: int) -> list[Figure]:
    store = bench.crowd.stores[0]
    boss = f"Authorization: Bearer {bench.crowd.managers[store]}"
    http = Http(bench.bar.url)
    before = bench.bar.memory("web ")
    bar = Crowd(bench.bar, f"/ws/stores/{store}/", count, b"store-status")
    took = await connect_all(bar.phones)
    await asyncio.sleep(2)
    each = (bench.bar.memory("web ") - before) * 1024 / count
    for phone in bar.phones[:DEAD]:
        phone.stop_reading()
    crowds = {"bar": bar}
    for name, stand in rivals.items():
        crowds[name] = await _rival(name, stand, count)
    delays: dict[str, list[float]] = {name: [] for name in crowds}
    paused = False
    for turn in range(max(bench.runs, 3) + 1):
        paused = not paused
        sent = json.dumps({"paused": paused}).encode()
        path = f"/api/v1/stores/{store}/status"
        delays["bar"].append(await bar.told(lambda: http.json("PUT", path, sent, boss), count - DEAD))  # noqa: B023
        for name in rivals:
            crowd = crowds[name]
            crowd.mark = f"{turn} <section>".encode()
            delays[name].append(await crowd.told(lambda: _go(crowd, turn), count))  # noqa: B023
        await asyncio.sleep(0.3)
    await http.json("PUT", f"/api/v1/stores/{store}/status", b'{"paused": false}', boss)
    for crowd in crowds.values():
        crowd.close()
    http.close()
    await asyncio.sleep(1)
    label = f"{count:,} phones"
    found = [Figure(f"{label}: click → last phone", "ms", delays["bar"][1:], AT_MOST, TARGETS[count])]
    found += [Figure(f"{label}: {name}, say → last", "ms", delays[name][1:]) for name in rivals]
    found += [
        Figure(f"{label}: memory", "KiB/socket", [each], AT_MOST, KIB),
        Figure(f"{label}: connected", "sockets/s", [count / took]),
    ]
    return found


async def _rival(name: str, stand: Stand, count: int) -> Crowd:
    path = "/socket.io/?EIO=4&transport=websocket" if name == "socketio" else "/"
    crowd = Crowd(stand, path, count, b"<section>")
    await connect_all(crowd.phones)
    if name == "socketio":
        for phone in crowd.phones:
            phone.say("40")  # joins the namespace
        await asyncio.sleep(2)
    return crowd


async def _go(crowd: Crowd, turn: int) -> None:
    words = f'42["go",{turn}]' if crowd.stand.name == "socketio" else str(turn)
    crowd.phones[0].say(words)
