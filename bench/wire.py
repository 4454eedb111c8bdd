"""HTTP and WebSocket clients that cost next to nothing, so that the load is not what is measured."""

import asyncio
import base64
import os
import struct
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

_TEXT, _CLOSE, _PING = 1, 8, 9
_JSON = "Content-Type: application/json"


@dataclass
class Answer:
    """What came back: `location` where it redirects, `seconds` until the first byte."""

    status: int
    body: bytes
    location: str
    seconds: float


class Http:
    """One keep-alive connection of one person; `source` is the address that it comes from."""

    def __init__(self, url: str, *headers: str, source: str | None = None):
        parts, self.source = urlsplit(url), source
        self.host, self.port = parts.hostname or "127.0.0.1", parts.port or 80
        self.headers = (f"Host: {self.host}:{self.port}", *headers)
        self.cookies: dict[str, str] = {}
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def send(self, method: str, path: str, body: bytes = b"", *headers: str) -> Answer:
        """One request. Raises OSError or IncompleteReadError when nobody answers."""
        if self._streams is None:
            mine = (self.source, 0) if self.source else None
            self._streams = await asyncio.open_connection(self.host, self.port, local_addr=mine)
        reader, writer = self._streams
        lines = [f"{method} {path} HTTP/1.1", *self.headers, *headers]
        if self.cookies:
            lines.append("Cookie: " + "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        lines.append(f"Content-Length: {len(body)}")
        began = time.perf_counter()
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin1").split("\r\n")
            seconds = time.perf_counter() - began
            return await self._read(reader, head, seconds)
        except BaseException:
            self.close()
            raise

    async def json(self, method: str, path: str, body: bytes = b"{}", *headers: str) -> Answer:
        """One request with a JSON body."""
        return await self.send(method, path, body, _JSON, *headers)

    async def _read(self, reader: asyncio.StreamReader, head: list[str], seconds: float) -> Answer:
        length, chunked, ends, location = 0, False, False, ""
        for line in head[1:]:
            name, _, value = line.partition(": ")
            match name.lower():
                case "content-length":
                    length = int(value)
                case "transfer-encoding":
                    chunked = value == "chunked"
                case "connection":
                    ends = value.lower() == "close"
                case "location":
                    location = value
                case "set-cookie":
                    cookie, _, given = value.split(";", 1)[0].partition("=")
                    self.cookies[cookie] = given
        body = await (_chunks(reader) if chunked else reader.readexactly(length))
        if ends:
            self.close()
        return Answer(int(head[0].split(" ")[1]), body, location, seconds)

    def close(self) -> None:
        """Hang up; the next request connects anew."""
        if self._streams:
            self._streams[1].close()
            self._streams = None


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    found = b""
    while size := int((await reader.readline()).split(b";")[0], 16):
        found += (await reader.readexactly(size + 2))[:-2]
    await reader.readline()
    return found


class Phone(asyncio.Protocol):
    """A socket that only listens. `heard` is called with each text; it answers pings, Socket.IO's too."""

    def __init__(self, url: str, path: str, heard: Callable[[bytes], None], cookies: Mapping[str, str]):
        self.url, self.path, self.heard, self.cookies = url, path, heard, cookies
        self.open: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._upgraded, self._buffer, self.answer = False, bytearray(), b""
        self.transport: asyncio.Transport | None = None

    async def connect(self) -> "Phone":
        """Open the socket; raises OSError when it is refused or nothing comes within 20 s."""
        parts = urlsplit(self.url)
        await asyncio.get_running_loop().create_connection(
            lambda: self, parts.hostname or "127.0.0.1", parts.port or 80
        )
        if not await asyncio.wait_for(self.open, 20):
            raise OSError(f"{self.path}: {self.answer.decode(errors='replace') or 'hung up'}")
        return self

    def connection_made(self, transport) -> None:
        """Ask for the upgrade."""
        self.transport = transport
        here = urlsplit(self.url).netloc
        key = base64.b64encode(os.urandom(16)).decode()
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        transport.write(
            f"GET {self.path} HTTP/1.1\r\nHost: {here}\r\nOrigin: http://{here}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
            f"Cookie: {cookies}\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        """Frames, as they come."""
        self._buffer += data
        if not self._upgraded:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            self.answer = bytes(self._buffer[:30])
            self._upgraded = self.answer.startswith(b"HTTP/1.1 101")
            self.open.set_result(self._upgraded)
            del self._buffer[: end + 4]
        while self._frame():
            pass

    def _frame(self) -> bool:
        buffer = self._buffer
        if len(buffer) < 2:
            return False
        size, start = buffer[1] & 0x7F, 2
        if size >= 126:
            start = 4 if size == 126 else 10
            if len(buffer) < start:
                return False
            size = struct.unpack_from(">H" if start == 4 else ">Q", buffer, 2)[0]
        if len(buffer) < start + size:
            return False
        kind, body = buffer[0] & 0x0F, bytes(buffer[start : start + size])
        del buffer[: start + size]
        if kind == _TEXT:
            self.heard(body)
            if body == b"2":
                self.say("3")
        elif kind == _PING and self.transport:
            self.transport.write(bytes([0x8A, 0x80 | len(body)]) + bytes(4) + body)
        elif kind == _CLOSE and self.transport:
            self.transport.close()
        return True

    def connection_lost(self, exc) -> None:
        """The socket is gone; whoever waits for it to open learns so."""
        if not self.open.done():
            self.open.set_result(False)

    def say(self, text: str) -> None:
        """Send a short text."""
        body = text.encode()
        if self.transport:
            self.transport.write(bytes([0x81, 0x80 | len(body)]) + bytes(4) + body)

    def stop_reading(self) -> None:
        """Be a phone whose network died."""
        if self.transport:
            self.transport.pause_reading()

    def close(self) -> None:
        """Hang up."""
        if self.transport:
            self.transport.abort()


async def connect_all(phones: list[Phone], at_once: int = 50) -> float:
    """Open them all, some at a time; the seconds it took."""
    began = time.perf_counter()
    gate = asyncio.Semaphore(at_once)

    async def one(phone: Phone) -> None:
        async with gate:
            await phone.connect()

    await asyncio.gather(*(one(phone) for phone in phones))
    return time.perf_counter() - began
