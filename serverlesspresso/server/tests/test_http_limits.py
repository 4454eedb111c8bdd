"""What a web process takes in and for how long, over real sockets and with its clocks set short."""

import http.client
import os
import resource
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from django.conf import settings
from twisted.internet.error import ConnectionLost

from serverlesspresso.server import daphne
from serverlesspresso.server.http_limits import Transport

pytestmark = pytest.mark.own_database
MIB = 1024 * 1024
ASK = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
SCRIPT = b"GET /static/django_htmx/htmx-2.js HTTP/1.1\r\nHost: localhost\r\n"
SHORT = """
import sys
from serverlesspresso.server import daphne, http_limits
http_limits.ARRIVE_S, http_limits.IDLE_S, http_limits.CLOSE_S, http_limits.LINGER_S = 2, 3, 1, 1
daphne.serve(int(sys.argv[1]))
"""


class Process:
    """A web process as `bin/run` has one or several of, with nothing behind it."""

    def __init__(self, folder):
        listener = daphne.listen("127.0.0.1", 0)
        listener.setsockopt(
            socket.SOL_SOCKET, socket.SO_SNDBUF, 16_384
        )  # what is unread stays in the process
        self.port = listener.getsockname()[1]
        self.process = subprocess.Popen(
            [sys.executable, "-c", SHORT, str(listener.fileno())],
            cwd=settings.BASE_DIR,
            env=os.environ | {"DATA_DIR": str(folder), "DEBUG": "1"},
            pass_fds=[listener.fileno()],
            stderr=subprocess.DEVNULL,
        )
        listener.close()
        self.call("GET", "/healthz")

    def open(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=60)

    def call(self, method, path, body=None, headers=None, **more):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request(method, path, body, headers or {}, **more)
        answer = connection.getresponse()
        answer.said = answer.read().decode()
        return answer

    def held(self) -> int:
        """Bytes of memory."""
        return int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]) * resource.getpagesize()


@pytest.fixture(scope="module")
def process(tmp_path_factory):
    started = Process(tmp_path_factory.mktemp("wire"))
    yield started
    started.process.kill()
    started.process.wait()


def head(*more: str, path="/accounts/enter/") -> bytes:
    kind = "Content-Type: application/x-www-form-urlencoded"
    return "\r\n".join([f"POST {path} HTTP/1.1", "Host: localhost", kind, *more, "", ""]).encode()


def until_the_end(line: socket.socket) -> bytes:
    """All that is still to come, until the other side closes."""
    came = b""
    with suppress(ConnectionResetError):
        while part := line.recv(65_536):
            came += part
    return came


def drip(line: socket.socket, most_s: float) -> bytes:
    """A byte every so often, until there is an answer."""
    line.settimeout(0.1)
    until = time.monotonic() + most_s
    while time.monotonic() < until:
        line.sendall(b"x")
        with suppress(TimeoutError):
            return line.recv(65_536)
    return b""


class TestTooMuch:
    def test_who_says_so_beforehand_is_answered_before_anything_is_sent_and_cut_off(self, process):
        with process.open() as line:
            line.sendall(head(f"Content-Length: {MIB + 1}"))
            came = until_the_end(line)
        assert came.startswith(b"HTTP/1.1 413 ")
        assert b"\r\nConnection: close\r\n" in came
        assert "The limit is 1.0\xa0MB" in came.decode()

    def test_who_asks_whether_to_go_on_is_not_told_to(self, process):
        with process.open() as line:
            line.sendall(head(f"Content-Length: {100 * MIB}", "Expect: 100-continue"))
            assert until_the_end(line).startswith(b"HTTP/1.1 413 ")

    def test_what_is_allowed_is_asked_for(self, process):
        with process.open() as line:
            line.sendall(head("Content-Length: 3", "Expect: 100-continue", "Connection: close"))
            assert line.recv(100).startswith(b"HTTP/1.1 100 ")
            line.sendall(b"a=b")
            assert until_the_end(line).startswith(b"HTTP/1.1 403 ")

    def test_chunks_end_where_they_become_too_many(self, process):
        with process.open() as line:
            line.sendall(head("Transfer-Encoding: chunked"))
            for _part in range(17):  # each of 64 KiB
                line.sendall(b"10000\r\n" + b"x" * 65_536 + b"\r\n")
            assert until_the_end(line).startswith(b"HTTP/1.1 413 ")

    def test_a_program_is_told_in_the_words_of_the_api(self, process):
        parts = (b"x" * 65_536 for _part in range(17))
        sent = {"Content-Type": "application/json", "Transfer-Encoding": "chunked"}
        answer = process.call("PUT", "/api/v1/stores/ABC/status", parts, sent, encode_chunked=True)
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.headers["Connection"] == "close"

    def test_one_that_is_just_right_is_read(self, process):
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        body = b"name=" + b"x" * (MIB - 5)
        assert process.call("POST", "/accounts/enter/", body, form).status == 403, "no token: it was read"
        assert process.call("POST", "/accounts/enter/", body + b"x", form).status == 413

    def test_a_hundred_megabytes_take_no_memory_and_soon_no_more_is_taken(self, process):
        before = process.held()
        with process.open() as line:
            line.sendall(head(f"Content-Length: {100 * MIB}"))
            with suppress(ConnectionError):
                for _part in range(1600):
                    line.sendall(b"x" * 65_536)
            assert b"HTTP/1.1 413 " in line.recv(100)
        assert process.held() - before < 5 * MIB

    def test_a_length_of_five_thousand_digits_is_not_waited_for(self, process):
        with process.open() as line:
            line.sendall(head("Content-Length: " + "9" * 5000))
            began = time.monotonic()
            until_the_end(line)
            assert time.monotonic() - began < 1
        assert process.call("GET", "/healthz").status == 200


class TestTooSlow:
    @pytest.mark.parametrize(
        "start",
        [
            b"PO",
            b"POST /accounts/enter/ HTTP/1.1\r\nHost: localhost\r\nX-Slow: ",
            head("Content-Length: 100000"),
            head("Transfer-Encoding: chunked") + b"fffff\r\n",
        ],
        ids=["line", "headers", "body", "chunk"],
    )
    def test_what_comes_a_byte_at_a_time_is_408_and_cut_off(self, process, start):
        began = time.monotonic()
        with process.open() as line:
            line.sendall(start)
            came = drip(line, 10)
            line.settimeout(10)
            came += until_the_end(line)
        assert came.startswith(b"HTTP/1.1 408 ")
        assert b"\r\nConnection: close\r\n" in came
        assert 1.5 < time.monotonic() - began < 8

    def test_what_comes_as_a_phone_on_a_bad_network_sends_it_may_take_its_time(self, process):
        with process.open() as line:
            line.sendall(head("Content-Length: 200000", "Connection: close"))
            for _part in range(40):  # 400 kbit/s
                time.sleep(0.1)
                line.sendall(b"x" * 5000)
            assert until_the_end(line).startswith(b"HTTP/1.1 403 ")

    def test_who_says_nothing_is_shown_out_also_between_two_requests(self, process):
        with process.open() as silent, process.open() as once:
            once.sendall(ASK)
            assert once.recv(1000).startswith(b"HTTP/1.1 200 ")
            assert until_the_end(silent) == b""
            assert b"HTTP" not in until_the_end(once)


class TestUnread:
    def test_a_packet_of_requests_does_not_fill_the_memory_with_answers(self, process):
        page = SCRIPT + b"\r\n"
        answer = process.call("GET", page.split()[1].decode())
        assert answer.status == 200
        before = process.held()
        with process.open() as line:
            line.sendall(page * 200)
            time.sleep(1.5)
            assert process.held() - before < 5 * MIB, "200 of them are 32"
            answers, tail = 0, b""
            while answers < 200:  # who reads gets them all
                part = line.recv(MIB)
                assert part
                answers += (tail + part).count(b"HTTP/1.1 200 ")
                tail = part[-12:]

    @pytest.mark.parametrize("last", [b"", b"Connection: close\r\n"], ids=["kept open", "last"])
    def test_an_answer_that_nobody_reads_is_thrown_away(self, process, last):
        page = SCRIPT + last + b"\r\n"
        with process.open() as line:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            line.sendall(page * 60)
            time.sleep(5.5)
            with pytest.raises(ConnectionResetError):
                while line.recv(65_536):
                    pass


class Reactor:
    """An event loop that only notes who waits to be told that more can be sent."""

    def __init__(self):
        self.writers = []

    def addReader(self, reader):  # noqa: N802
        pass

    removeReader = addReader  # noqa: N815

    def addWriter(self, writer):  # noqa: N802
        self.writers.append(writer)

    def removeWriter(self, writer):  # noqa: N802
        self.writers.clear()


@pytest.fixture
def line():
    """A connection and its other end."""
    here, there = socket.socketpair()
    here.setblocking(False)
    there.settimeout(5)
    yield Transport(here, None, ("127.0.0.1", 1), None, 1, Reactor()), there
    here.close()
    there.close()


class TestTransport:
    def test_what_the_system_takes_is_sent_without_waiting_for_a_turn(self, line):
        transport, there = line
        transport.write(b"a coffee")
        assert there.recv(100) == b"a coffee"
        assert not transport.reactor.writers

    def test_the_rest_waits_and_what_comes_later_waits_behind_it(self, line):
        transport, there = line
        for part in (b"a" * MIB, b"b", b"c" * MIB):
            transport.write(part)
        came = b""
        while transport.reactor.writers:
            came += there.recv(65_536)
            transport.doWrite()
        while len(came) < 2 * MIB + 1:
            came += there.recv(65_536)
        assert came == b"a" * MIB + b"b" + b"c" * MIB

    def test_that_the_other_side_is_gone_is_found_by_who_sees_to_it(self, line):
        transport, there = line
        there.close()
        transport.write(b"a coffee")
        assert transport.reactor.writers == [transport]
        assert isinstance(transport.doWrite(), ConnectionLost)

    def test_after_the_end_nothing_is_sent(self, line):
        transport, there = line
        transport.connected = 0
        transport.write(b"a coffee")
        there.setblocking(False)
        with pytest.raises(BlockingIOError):
            there.recv(100)
