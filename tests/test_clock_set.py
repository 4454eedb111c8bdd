"""A machine whose clock is two hours ahead, and is set right while the bar runs."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from django.conf import settings

from .test_serve import Bar, _environment
from .test_servers import servers  # noqa: F401  (a fixture)

_COMPILER = shutil.which("cc")
CUSTOMER_S, LATE_S = 15, 45

pytestmark = [
    pytest.mark.own_database,
    pytest.mark.skipif(
        sys.platform != "linux" or not (_COMPILER or os.environ.get("CI")),
        reason="needs Linux and a C compiler",
    ),
]


class Machine:
    """Its clock is as many seconds ahead as a file says; what counts seconds since it started is not."""

    def __init__(self, folder: Path):
        source, library = Path(__file__).with_name("clock_ahead.c"), folder / "clock_ahead.so"
        command = [_COMPILER or "cc", "-shared", "-fPIC", "-o", str(library), str(source), "-ldl"]
        subprocess.run(command, check=True)
        self._offset = folder / "ahead"
        self.set_ahead(7200)
        self.environment = {"LD_PRELOAD": str(library), "CLOCK_AHEAD": str(self._offset)}

    def set_ahead(self, seconds: int) -> None:
        new = self._offset.with_suffix(".new")
        new.write_text(str(seconds))
        new.replace(self._offset)

    def manage(self, data: Path, *words: str) -> str:
        return subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=settings.BASE_DIR,
            env=_environment() | {"DATA_DIR": str(data)} | self.environment,
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


@pytest.fixture
def start(machine, tmp_path):
    """Starts a bar on the machine, and sees that it ends."""
    bars = []

    def start(**environment) -> Bar:
        bars.append(Bar(tmp_path / "data", **machine.environment, **environment))
        bars[-1].wait()
        return bars[-1]

    yield start
    for bar in bars:
        bar.process.terminate()
        bar.process.communicate(timeout=30)


def call(bar: Bar, by: str, method: str, path: str, **body) -> dict:
    request = urllib.request.Request(
        f"http://127.0.0.1:{bar.port}/api/v1/{path}",
        json.dumps(body).encode() if body else None,
        {"Authorization": f"Bearer {by}", "Content-Type": "application/json"},
        method=method,
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def readiness(bar: Bar) -> dict:
    with contextlib.suppress(OSError):
        try:
            return json.loads(bar.get("/readyz"))
        except urllib.error.HTTPError as answer:
            return json.load(answer)
    return {"ready": False, "sweep": {"ok": False}}


def until(condition, seconds: float) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "not in time"
        time.sleep(0.5)


def test_set_right_it_goes_on_at_once_and_nobody_chooses_for_two_hours(machine, start, tmp_path):
    bar = start()
    machine.manage(tmp_path / "data", "store", "ABC", "--customer-s", str(CUSTOMER_S), "--open")
    alice = machine.manage(tmp_path / "data", "token", "alice", "--create")
    dana = machine.manage(
        tmp_path / "data", "token", "dana", "--role", "manager", "--store", "ABC", "--create"
    )
    until(lambda: readiness(bar)["ready"], 60)
    code = call(bar, dana, "GET", "stores/ABC/code")
    order = call(bar, alice, "POST", "stores/ABC/orders", token=code["token"])
    machine.set_ahead(0)
    until(lambda: call(bar, alice, "GET", f"orders/{order['id']}")["status"] == "timed_out", LATE_S)
    until(lambda: readiness(bar)["ready"], LATE_S)


@pytest.mark.services
def test_set_right_the_beat_of_its_own_goes_on(machine, start, servers):  # noqa: F811
    bar = start(**servers)
    until(lambda: readiness(bar)["ready"], 90)
    machine.set_ahead(0)
    time.sleep(15)  # longer than a sweep may be away
    until(lambda: readiness(bar)["ready"], LATE_S)
