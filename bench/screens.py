"""Screens without a browser: they hear a socket, put out-of-band swaps where they belong, and remember."""

import asyncio
import base64
import os
import random
import struct
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from html.parser import HTMLParser

_TEXT, _CLOSE, _PING, _PONG = 1, 8, 9, 10


async def frames(port: int, path: str, cookie: str):
    """The text messages of a WebSocket, until it closes. Raises OSError when it cannot be opened."""
    reader, writer = await asyncio.wait_for(asyncio.open_connection("127.0.0.1", port), 5)
    try:
        key = base64.b64encode(os.urandom(16)).decode()
        here = f"127.0.0.1:{port}"
        writer.write(
            f"GET {path} HTTP/1.1\r\nHost: {here}\r\nOrigin: http://{here}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
            f"Cookie: sessionid={cookie}\r\n\r\n".encode()
        )
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
        if b" 101 " not in head.splitlines()[0]:
            raise OSError(head.splitlines()[0].decode())
        while True:
            kind, body = await _frame(reader)
            if kind == _TEXT:
                yield body.decode()
            elif kind == _PING:
                writer.write(bytes([0x80 | _PONG, 0x80 | len(body)]) + bytes(4) + body)
            elif kind == _CLOSE:
                return
    finally:
        writer.close()


async def _frame(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    first, second = await reader.readexactly(2)
    size = second & 0x7F
    if size == 126:
        [size] = struct.unpack(">H", await reader.readexactly(2))
    elif size == 127:
        [size] = struct.unpack(">Q", await reader.readexactly(8))
    return first & 0x0F, await reader.readexactly(size)


class _Swaps(HTMLParser):
    """Reads one frame: which lists are new, which rows go and come, and the head it is at."""

    def __init__(self, rows: dict[str, tuple]):
        super().__init__()
        self.rows = rows
        self.head: int | None = None
        self.list: str | None = None

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        swap = given.get("hx-swap-oob", "")
        if given.get("id") == "pulse":
            self.head = int(given["data-head"])
        elif given.get("id") == "gone":
            for row in given["data-ids"].split():
                self.rows.pop(row, None)
        elif tag in ("ol", "ul") and swap.startswith("beforeend:#"):
            self.list = swap.removeprefix("beforeend:#")
        elif tag in ("ol", "ul") and swap == "true":
            self.list = given["id"]
            for row in [row for row, (place, *_) in self.rows.items() if place == self.list]:
                del self.rows[row]
        elif tag == "li" and self.list and "data-status" in given:
            self.rows[given["id"]] = (self.list, given["data-status"], given["data-number"])

    def handle_endtag(self, tag):
        if tag in ("ol", "ul"):
            self.list = None


@dataclass
class Screen:
    """One monitor or tablet. `rows` is what it shows: by id the list it stands in, its status and number."""

    name: str
    port: int
    path: str
    cookie: str
    rows: dict[str, tuple] = field(default_factory=dict)
    head: int = 0
    frames: int = 0
    connects: int = 0
    wrong: list[str] = field(default_factory=list)

    def show(self, frame: str) -> None:
        """Put one frame on the screen. A head that goes back is noted: no screen may unlearn."""
        swaps = _Swaps(self.rows)
        swaps.feed(frame)
        self.frames += 1
        if swaps.head is not None:
            if swaps.head < self.head:
                self.wrong.append(f"{self.name} went back from {self.head} to {swaps.head}")
            self.head = swaps.head

    async def watch(self) -> None:
        """Connect, and again whenever the socket is lost."""
        while True:
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.TimeoutError):
                self.connects += 1
                async with aclosing(frames(self.port, self.path, self.cookie)) as heard:
                    async for frame in heard:
                        self.show(frame)
            await asyncio.sleep(0.3 + random.random())  # noqa: S311

    async def fresh(self) -> dict[str, tuple]:
        """What a screen that is switched on now shows."""
        other = Screen(self.name, self.port, self.path, self.cookie)
        async with aclosing(frames(self.port, self.path, self.cookie)) as heard:
            async for frame in heard:
                other.show(frame)
                break
        return other.rows
