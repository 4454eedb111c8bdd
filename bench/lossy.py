"""A bad network between a browser and a server: some packets are lost, and come a round trip later.

Chromium's own throttling knows loss for WebRTC only. TCP hides a lost packet by sending it again; what is
felt is that everything behind it waits. So this relay passes bytes on in packets, and holds the stream for
one round trip at each that is lost.
"""

import asyncio
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

PACKET = 1460
"""Bytes of data in a packet."""


@contextmanager
def lossy(port: int, *, loss: float, round_trip_s: float, seed: int = 1) -> Iterator[int]:
    """Relay a free port of this machine to `port`; the free one. The same seed loses the same packets."""
    relay = _Relay(port, loss, round_trip_s, seed)
    thread = threading.Thread(target=relay.run, daemon=True)
    thread.start()
    relay.ready.wait(10)
    try:
        yield relay.own_port
    finally:
        relay.hang_up()
        thread.join(5)


class _Relay:
    def __init__(self, port: int, loss: float, round_trip_s: float, seed: int):
        self.port, self.loss, self.round_trip_s = port, loss, round_trip_s
        self.dice = random.Random(seed)  # noqa: S311  (which packets are lost is no secret)
        self.ready, self.own_port = threading.Event(), 0

    def run(self) -> None:
        asyncio.run(self._serve())

    def hang_up(self) -> None:
        self.loop.call_soon_threadsafe(self.over.set)

    async def _serve(self) -> None:
        self.loop, self.over = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._meet, "127.0.0.1", 0)
        self.own_port = server.sockets[0].getsockname()[1]
        self.ready.set()
        await self.over.wait()
        server.close()

    async def _meet(self, phone: asyncio.StreamReader, to_phone: asyncio.StreamWriter) -> None:
        bar, to_bar = await asyncio.open_connection("127.0.0.1", self.port)
        with suppress(asyncio.CancelledError):  # we hang up
            await asyncio.gather(self._pass_on(phone, to_bar), self._pass_on(bar, to_phone))

    async def _pass_on(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        try:
            while packet := await source.read(PACKET):
                if self.dice.random() < self.loss:
                    await asyncio.sleep(self.round_trip_s)
                target.write(packet)
                await target.drain()
        except OSError:
            pass  # the other side has hung up
        finally:
            target.close()
