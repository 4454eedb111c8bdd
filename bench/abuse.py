"""Load as abuse: `python -m bench.abuse [--port 8180]`. Starts a bar of its own on loopback and leans on it.

Scans by the thousand at once, idle sockets, readers that do not read, slow bodies, silence, huge bodies,
requests with two lengths. Meanwhile somebody orders a coffee: the bar must go on. Says how it went, how much
processor time the bar took for it and how much memory it holds; ends by itself, with 1 if the bar did not go
on, made a mistake, or waited for ever for what does not come.
"""

import argparse
import asyncio
import json
import os
import re
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SLOW_MS = 8000
"""A coffee may take so long to order while all this goes on."""
SOLD_OUT = {"drink": "Caffè Latte"}
DRIP_S = 45
"""A body that comes a byte a second is watched for so long: longer than the bar waits for one."""
SILENT_S = 90
"""A line on which nothing is said, too."""


def main() -> int:
    """Start, lean, look, stop."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8180)
    parser.add_argument("--scans", type=int, default=1000)
    parser.add_argument("--sockets", type=int, default=5000)
    chosen = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that the bar is stopped, too
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # a socket is a file, here and at the bar
    with tempfile.TemporaryDirectory() as folder:
        env = os.environ | {"DATA_DIR": folder, "PORT": str(chosen.port), "HOST": "127.0.0.1"}
        bar = subprocess.Popen(
            [sys.executable, "manage.py", "serve"], cwd=ROOT, env=env, stdout=-3, stderr=-3
        )
        try:
            _until_ready(chosen.port)
            return asyncio.run(Abuse(bar.pid, chosen.port, env).run(chosen.scans, chosen.sockets))
        finally:
            bar.send_signal(signal.SIGTERM)
            bar.wait(20)


class Abuse:
    """One bar, and what is done to it."""

    def __init__(self, pid: int, port: int, env: dict[str, str]):
        self.pid, self.port, self.env, self.bad = pid, port, env, False
        self.tokens = self._manage(
            "token", "--create", "--count", "40", "--role", "customer", "guest"
        ).split()
        self._manage("store", "ABC", "--per-code", "40")  # a coffee for each kind of abuse, and more
        self.staff = self._manage("token", "--create", "--role", "manager", "boss").split()[0]

    def _manage(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.env,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    async def run(self, scans: int, sockets: int) -> int:
        """Each kind of abuse, with honest coffees before, during and after."""
        await self._honest("before")
        await self._during(f"{scans} scans at once", self._scans(scans))
        await self._during(f"{sockets} idle sockets", self._sockets(sockets))
        await self._during("100 readers that do not read", self._readers(100))
        await self._during("100 bodies at a byte a second", self._slow(100))
        await self._during("100 lines on which nothing is said", self._silent(100))
        await self._during("20 bodies of 100 MB", self._huge(20))
        await self._during("20 bodies in chunks without end", self._endless(20))
        await self._during("two lengths in one request", self._smuggle())
        await self._honest("after")
        return int(self.bad)

    async def _during(self, what: str, abuse) -> None:
        spent, task = self._spent(), asyncio.create_task(abuse)
        await asyncio.sleep(0.5)
        await self._honest(f"during {what}")
        said = await task
        bar = f"{self._spent() - spent:.1f} s of processor, {self._held():.0f} MB"
        print(f"  {what}: {said}; the bar: {bar}", flush=True)  # noqa: T201

    def _spent(self) -> float:
        """Seconds of processor that the bar has taken so far."""
        said = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")")[1].split()
        return (int(said[11]) + int(said[12])) / os.sysconf("SC_CLK_TCK")

    def _held(self) -> float:
        """Megabytes of memory that the bar holds."""
        said = Path(f"/proc/{self.pid}/statm").read_text().split()
        return int(said[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6

    async def _honest(self, when: str) -> None:
        """Look at the code, scan, choose, cancel: as the page of somebody who wants a coffee does."""
        began = time.perf_counter()
        status = await asyncio.to_thread(self._coffee)
        took = (time.perf_counter() - began) * 1000
        self.bad |= status != 200 or took > SLOW_MS
        print(f"{when}: a coffee ordered, {status}, in {took:.0f} ms", flush=True)  # noqa: T201

    def _coffee(self) -> int:
        token = self.tokens.pop()
        _, code = self._call("GET", "stores/ABC/code", self.staff)
        status, order = self._call("POST", "stores/ABC/orders", token, {"token": code.get("token", "")})
        if status != 201:
            return status
        drink = {"drink": "Americano", "modifiers": []}
        return self._call("PUT", f"orders/{order['id']}", token, drink)[0]

    def _call(self, method: str, path: str, token: str, body: dict | None = None) -> tuple[int, dict]:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/api/v1/{path}",
            method=method,
            data=json.dumps(body).encode() if body is not None else None,
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            return error.code, {}
        except OSError:
            return 0, {}

    async def _scans(self, many: int) -> str:
        """Made-up codes, all at once, from one browser."""
        head = f"POST /api/v1/stores/ABC/orders HTTP/1.1\r\nHost: localhost:{self.port}\r\n"
        token = self.tokens.pop()
        body = b'{"token": "aaaaaaaaaaaaaaaaaaaaaa"}'
        head += f"Authorization: Bearer {token}\r\nContent-Type: application/json\r\nConnection: close\r\n"
        sent = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
        began = time.perf_counter()
        answers = await _at_once(many, self._raw, sent)
        return f"{dict(answers)} in {time.perf_counter() - began:.1f} s{self._judged(answers)}"

    def _handshake(self) -> bytes:
        return (
            f"GET /ws/stores/ABC/ HTTP/1.1\r\nHost: localhost:{self.port}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nOrigin: http://localhost:{self.port}\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        ).encode()

    async def _readers(self, many: int) -> str:
        """Half ask for a page fifty times over, half listen to a bar whose menu changes; none ever reads."""
        page = f"GET /s/ABC/ HTTP/1.1\r\nHost: localhost:{self.port}\r\n\r\n".encode()
        held = []
        for number in range(many):
            deaf = socket.socket()
            deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            deaf.connect(("127.0.0.1", self.port))
            deaf.sendall(page * 50 if number % 2 else self._handshake())
            held.append(deaf)
        changes = [
            await asyncio.to_thread(
                self._call,
                "PUT",
                "stores/ABC/availability",
                self.staff,
                SOLD_OUT | {"available": bool(number % 2)},
            )
            for number in range(40)
        ]
        for deaf in held:
            deaf.close()
        answers = Counter(status for status, _ in changes)
        return f"meanwhile a drink was sold out and offered again: {dict(answers)}"

    async def _sockets(self, many: int) -> str:
        head, opened = self._handshake(), []
        for _batch in range(0, many, 100):
            opened += await asyncio.gather(*(self._open(head) for _ in range(min(100, many))))
        held = [each for each in opened if each]
        await self._honest(f"with {len(held)} sockets open")
        for _reader, writer in held:
            writer.close()
        return f"{len(held)} of {many} open at once"

    async def _open(self, head: bytes):
        with suppress(OSError, TimeoutError):
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            writer.write(head)
            if b" 101 " in await asyncio.wait_for(reader.readline(), 30):
                return reader, writer
        return None

    async def _slow(self, many: int) -> str:
        head = f"POST /accounts/enter/ HTTP/1.1\r\nHost: localhost:{self.port}\r\nContent-Length: 100000\r\n"
        head += "Content-Type: application/x-www-form-urlencoded\r\n\r\n"

        async def drip() -> str:
            began = time.monotonic()
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            writer.write(head.encode())
            with suppress(OSError):
                while not reader.at_eof() and time.monotonic() - began < DRIP_S:
                    writer.write(b"x")
                    await writer.drain()
                    with suppress(TimeoutError):
                        line = await asyncio.wait_for(reader.readline(), 1)
                        if line:
                            return f"{line.split()[1].decode()} after {time.monotonic() - began:.0f} s"
            return f"no answer after {time.monotonic() - began:.0f} s"

        answers = await _at_once(many, drip)
        self.bad |= any(not each.startswith("408 ") for each in answers)
        return str(dict(answers))

    async def _silent(self, many: int) -> str:
        async def wait() -> str:
            began = time.monotonic()
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            try:
                await asyncio.wait_for(reader.read(), SILENT_S)
                return f"cut off after {time.monotonic() - began:.0f} s"
            except OSError:
                return "not cut off"
            finally:
                writer.close()

        answers = await _at_once(many, wait)
        self.bad |= "not cut off" in answers
        return str(dict(answers))

    async def _huge(self, many: int) -> str:
        head = (
            f"POST /api/v1/stores/ABC/orders HTTP/1.1\r\nHost: localhost:{self.port}\r\nConnection: close\r\n"
        )
        head += f"Content-Type: application/json\r\nContent-Length: {100 * 1024 * 1024}\r\n\r\n"
        answers = await _at_once(many, self._raw, head.encode(), b"x" * 65_536, 1600)
        return f"{dict(answers)}{self._judged(answers)}"

    async def _endless(self, many: int) -> str:
        head = f"POST /accounts/enter/ HTTP/1.1\r\nHost: localhost:{self.port}\r\n"
        head += "Transfer-Encoding: chunked\r\n\r\n"
        chunk = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
        answers = await _at_once(many, self._raw, head.encode(), chunk, 1600)
        return f"{dict(answers)}{self._judged(answers)}"

    async def _smuggle(self) -> str:
        lengths = "Content-Length: 5\r\nContent-Length: 6\r\n"
        both = "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"
        host = f"Host: localhost:{self.port}\r\nConnection: close\r\n"
        answers = [
            await self._raw(f"POST /accounts/enter/ HTTP/1.1\r\n{host}{kind}\r\n0\r\n\r\nx".encode())
            for kind in (lengths, both)
        ]
        return f"answered {answers}"

    async def _raw(self, head: bytes, more: bytes = b"", times: int = 0) -> int:
        """The status of a request written by hand; 0 where the line was cut."""
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            writer.write(head)
            answer = asyncio.create_task(reader.readline())
            for _part in range(times):
                if answer.done():
                    break
                writer.write(more)
                await writer.drain()
            line = await asyncio.wait_for(answer, 60)
            writer.close()
            found = re.match(rb"HTTP/1\.1 (\d{3})", line)
            return int(found[1]) if found else 0
        except (OSError, TimeoutError):
            return 0

    def _judged(self, answers: Counter) -> str:
        wrong = sum(count for status, count in answers.items() if status >= 500 and status != 503)
        self.bad |= bool(wrong)
        return f", {wrong} of them our mistake" if wrong else ""


async def _at_once(many: int, attempt: Callable[..., Awaitable], *arguments) -> Counter:
    """So many attempts at the same moment, and what they came to."""
    return Counter(await asyncio.gather(*(attempt(*arguments) for _ in range(many))))


def _until_ready(port: int) -> None:
    for _try in range(240):
        with suppress(OSError):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2)
            return
        time.sleep(0.5)
    raise SystemExit("the bar did not start")


if __name__ == "__main__":
    sys.exit(main())
