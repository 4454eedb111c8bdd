"""Servers that are away: clicks are answered, or told within 5 seconds when to come back, and all goes on."""

import json
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from contextlib import contextmanager

import pytest

from bench.servers import ROOT, Bar, Servers

pytestmark = [pytest.mark.services, pytest.mark.own_database, pytest.mark.xdist_group("away")]
ANSWER_S, FOR_S = 5, 8
ESPRESSO = {"drink": "Single Espresso", "modifiers": []}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Running:
    """A bar with servers of its own, and Bob, who types in drinks."""

    def __init__(self):
        self.servers = Servers(free_port(), free_port())
        self.servers.start()
        self.port = free_port()
        self.bar = Bar(self.servers, self.port)
        self.bar.start()
        self.until(lambda: self.get("/readyz")[0] == 200, 90)
        self.manage("store", "ABC", "--create", "--open", "--customer-s", "5")
        self.bob = self.manage("token", "Bob", "--role", "barista", "--store", "ABC", "--create").strip()
        self.until(lambda: self.walk_up()[0] == 201, 30)
        self.until(lambda: self.queued() == 1, 30)  # or it would be counted among those that follow

    def manage(self, *words) -> str:
        command = [sys.executable, "manage.py", *words]
        return subprocess.run(
            command, cwd=ROOT, env=self.bar.environment, check=True, capture_output=True, text=True
        ).stdout

    def get(self, path, data=None, **headers):
        """Status (0 for no connection), headers, body, and the seconds it took."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data, headers)
        began = time.monotonic()
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                said = answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as answer:
            said = answer.code, answer.headers, answer.read()
        except OSError:
            said = 0, {}, b""
        return *said, time.monotonic() - began

    def walk_up(self):
        return self.get(
            "/api/v1/stores/ABC/walk-ups",
            json.dumps(ESPRESSO).encode(),
            Authorization=f"Bearer {self.bob}",
            **{"Content-Type": "application/json"},
        )

    def queued(self) -> int:
        """How many drinks wait for a barista."""
        path = "/api/v1/stores/ABC/orders?status=queued"
        return len(json.loads(self.get(path, Authorization=f"Bearer {self.bob}")[2])["items"])

    def until(self, condition, seconds):
        """Wait for something; how long it took."""
        began = time.monotonic()
        while not condition():
            assert time.monotonic() - began < seconds, self.bar.log.read_text()[-3000:]
            time.sleep(0.2)
        return time.monotonic() - began

    def end(self):
        self.bar.kill(signal.SIGTERM)
        self.servers.stop()


@pytest.fixture(scope="module")
def running():
    bar = Running()
    yield bar
    bar.end()


@pytest.mark.parametrize("how", ["killed", "hung"])
def test_without_redis_clicks_are_answered_and_all_is_caught_up(running, how):
    redis = running.servers.redis
    if how == "killed":
        redis.kill()
    else:
        redis.process.send_signal(signal.SIGSTOP)
    before = running.queued()
    answers = [running.walk_up() for _ in range(10)]
    page = running.get("/accounts/enter/?store=ABC")
    if how == "killed":
        redis.start()
    else:
        redis.process.send_signal(signal.SIGCONT)
    assert [answer[0] for answer in answers] == [201] * 10
    assert max(answer[3] for answer in answers) < 2
    assert page[0] in (200, 404)
    running.until(lambda: running.queued() == before + 10, 20)


@contextmanager
def killed(servers):
    servers.postgres.kill()
    yield
    servers.crash_postgres()


@contextmanager
def hung(servers):
    """Its processes stand still: it takes calls, and says nothing."""
    go_on = servers.stop_postgres()
    yield
    go_on()


@contextmanager
def crowded_out(servers):
    """Others take all of its connections, or nearly: a web process may catch one between two of them."""
    crowd = threading.Thread(target=servers.crowd_out, args=[FOR_S + 2])
    crowd.start()
    time.sleep(2)
    yield
    crowd.join()


@pytest.mark.parametrize("away", [killed, hung, crowded_out])
def test_without_postgresql_everybody_is_told_when_to_come_back(running, away):
    before = running.queued()
    with away(running.servers):
        until = time.monotonic() + FOR_S
        answers = []
        while time.monotonic() < until:
            answers += [running.walk_up(), running.get("/s/ABC/")]
        assert running.get("/healthz")[0] == 200
    told = [int(headers["Retry-After"]) for status, headers, *_ in answers if status == 503]
    typed_in = sum(status == 201 for status, *_ in answers)
    assert told
    assert {status for status, *_ in answers} <= ({200, 201, 503} if away is crowded_out else {503})
    assert max(took for *_, took in answers) < ANSWER_S
    assert running.until(lambda: running.walk_up()[0] == 201, 15) < 10
    running.until(lambda: running.queued() == before + typed_in + 1, 10)
