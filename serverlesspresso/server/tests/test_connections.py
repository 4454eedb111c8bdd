"""More connections than files: new people are let in, and the longest silent go."""

import os
import socket
import subprocess
import sys
import time
import urllib.request

import pytest
from django.conf import settings

from serverlesspresso.server import connections, daphne

pytestmark = pytest.mark.own_database


@pytest.fixture
def start(tmp_path):
    """Starts a web process for which the system allows so many files; gives its port."""
    processes = []

    def start(soft: int, hard: int) -> int:
        listener = daphne.listen("127.0.0.1", 0)
        port = listener.getsockname()[1]
        processes.append(
            subprocess.Popen(
                [
                    *("sh", "-c", f'ulimit -Sn {soft}; ulimit -Hn {hard}; exec "$@"', "sh"),
                    *(sys.executable, "-m", "serverlesspresso.server.daphne", str(listener.fileno())),
                ],
                cwd=settings.BASE_DIR,
                env=os.environ | {"DATA_DIR": str(tmp_path), "DEBUG": "1"},
                pass_fds=[listener.fileno()],
                stderr=(tmp_path / "log").open("w"),
            )
        )
        listener.close()
        assert page(port) == 200
        return port

    yield start
    for process in processes:
        process.kill()
        process.wait()


def page(port: int) -> int:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=60) as answer:
        return answer.status


def silent(port: int, number: int) -> list[socket.socket]:
    return [socket.create_connection(("127.0.0.1", port), timeout=60) for _ in range(number)]


def is_open(line: socket.socket) -> bool:
    line.settimeout(0.01)
    try:
        return line.recv(1) != b""
    except TimeoutError:
        return True
    except OSError:
        return False


def settled(lines: list[socket.socket], most: int) -> int:
    """How many of them are still open, once they are no more than that."""
    until = time.monotonic() + 30
    while (left := sum(map(is_open, lines))) > most and time.monotonic() < until:
        time.sleep(0.2)
    return left


def test_as_many_are_held_as_the_system_allows_whatever_the_shell_says(start):
    port = start(soft=100, hard=600)
    lines = silent(port, 400)
    assert page(port) == 200
    assert settled(lines, 400) == 400


def test_who_says_nothing_gives_way_before_new_people_do_and_the_log_says_so(start, tmp_path):
    port = start(soft=200, hard=200)
    lines = silent(port, 170)
    time.sleep(2.5)
    newer = silent(port, 170)
    assert page(port) == 200
    assert 100 < settled(lines + newer, 180) <= 180
    assert settled(lines, 170) < settled(newer, 170)
    said = (tmp_path / "log").read_text()
    assert said.count("too many connections") == 1
    assert "200 files allowed" in said and "silent" in said and "most come from 127.0.0.1" in said
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=60) as answer:
        told = answer.read().decode()
    assert 'serverlesspresso_connections_closed_total{kind="silent"}' in told
    assert "serverlesspresso_connections_limit 180.0" in told


class Line:
    """A connection as the crowd sees it."""

    client = ("203.0.113.9", 1)
    closed = False

    def __init__(self, kind, heard=0.0):
        self._kind, self._heard = kind, heard

    def place(self):
        return None if self._kind is None else (self._kind, self._heard)

    def cut(self):
        self.closed = True


@pytest.fixture
def crowded():
    made = connections.Crowd()
    made.most = 4
    return made


def test_who_is_answered_stays_and_the_longest_silent_of_the_idle_goes(crowded):
    busy, idle, longer, phone = (
        Line(None),
        Line(connections.IDLE, 20),
        Line(connections.IDLE, 10),
        Line(connections.SOCKET, 1),
    )
    for each in (busy, idle, longer, phone):
        crowded.come(each)
    assert crowded.make_room(100)
    assert [each.closed for each in (busy, idle, longer, phone)] == [False, False, True, False]


def test_new_people_are_let_in_before_silent_sockets_stay(crowded):
    phones, new = [Line(connections.SOCKET, heard) for heard in (3, 2, 1)], Line(connections.NEW, 0)
    for each in (*phones, new):
        crowded.come(each)
    assert crowded.make_room(100)
    assert [each.closed for each in (*phones, new)] == [False, False, True, False]


def test_where_everybody_is_answered_nobody_is_cut_off(crowded):
    for _ in range(4):
        crowded.come(Line(None))
    assert not crowded.make_room(100)
    assert len(crowded.open) == 4


def test_a_crowd_is_told_once_a_minute(crowded, caplog):
    for now in (100, 101, 120, 161):
        while len(crowded.open) < 4:
            crowded.come(Line(connections.SILENT, now))
        crowded.make_room(now)
    assert len([each for each in caplog.messages if "too many connections" in each]) == 2
    assert "closed to let new ones in: 3 silent" in caplog.messages[-1]
    assert "203.0.113.9" in caplog.messages[-1]
