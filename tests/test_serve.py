"""The command that runs the bar, as whoever types it sees it."""

import contextlib
import http.client
import json
import os
import re
import resource
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pytest
from django.conf import settings

pytestmark = pytest.mark.own_database
START_S, STOP_S = 60, 20


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Bar:
    """A bar in a process of its own."""

    def __init__(self, folder, **environment):
        self.port = environment.pop("PORT", None) or free_port()
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "serve"],
            cwd=settings.BASE_DIR,
            env=_environment() | {"DATA_DIR": str(folder), "PORT": str(self.port)} | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def get(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
            return answer.read().decode()

    def wait(self):
        """Until it answers."""
        until = time.monotonic() + START_S
        while time.monotonic() < until and self.process.poll() is None:
            with contextlib.suppress(OSError):
                return self.get("/healthz")
            time.sleep(0.1)
        raise AssertionError(self.process.communicate(timeout=5))

    def wait_for_the_sweep(self):
        """Until the workers work."""
        until = time.monotonic() + START_S
        while time.monotonic() < until:
            with contextlib.suppress(OSError):
                return json.loads(self.get("/readyz"))
            time.sleep(0.2)
        raise AssertionError("never ready")

    def end(self, how=signal.SIGTERM):
        """Stop it; what it said on both streams, and its exit code."""
        self.process.send_signal(how)
        out, err = self.process.communicate(timeout=STOP_S)
        return out, err, self.process.returncode


def _environment() -> dict[str, str]:
    ours = ("DATABASE_URL", "REDIS_URL", "PUBLIC_URL", "ALLOWED_HOSTS", "HOST", "SECRET_KEY")
    return {name: value for name, value in os.environ.items() if name not in ours} | {"DEBUG": "1"}


@pytest.fixture
def bar(tmp_path):
    """Starts bars on one folder, and sees that none is left."""
    bars = []

    def start(folder=None, **environment):
        bars.append(Bar(folder or tmp_path / "data", **environment))
        return bars[-1]

    yield start
    for each in bars:
        if each.process.poll() is None:
            each.process.kill()
            each.process.communicate()


def test_a_first_start_says_where_the_bar_is_and_who_may_sign_in(bar, tmp_path):
    running = bar()
    assert running.wait() == "ok"
    assert running.wait_for_the_sweep()["ready"] is True
    out, err, code = running.end()
    assert code == 0
    assert f"http://localhost:{running.port}/" in out
    assert "/display/ABC/" in out
    assert "/barista/ABC/" in out
    assert "/admin/" in out
    assert "▀" in out, "the code for phones"
    for person in json.loads((tmp_path / "data" / "staff.json").read_text()):
        assert re.search(rf"{person['email']}\s+{re.escape(person['password'])}", out)
    assert "Traceback" not in err


def test_the_next_start_is_quick_and_finds_what_was_there(bar, tmp_path):
    first = bar()
    first.wait()
    first.end()
    staff = (tmp_path / "data" / "staff.json").read_text()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    second = bar()
    second.wait()
    second.end()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    worked = sum(getattr(after, each) - getattr(before, each) for each in ("ru_utime", "ru_stime"))
    assert worked < 10  # 5 on a machine that does nothing else, which this one may not be
    assert (tmp_path / "data" / "staff.json").read_text() == staff


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_cleanly_even_before_it_is_ready(bar, tmp_path, how):
    starting = bar()
    while not (tmp_path / "data" / "db.sqlite3").exists():
        time.sleep(0.01)
    _, err, code = starting.end(how)
    assert code == 0
    assert "Traceback" not in err


def test_a_body_of_the_wrong_kind_is_answered_by_the_api_and_not_by_the_server(bar):
    running = bar()
    running.wait()
    call = http.client.HTTPConnection("127.0.0.1", running.port, timeout=30)
    address = "/api/v1/stores/ABC/walk-ups"
    call.request("POST", address, b'{"drink": 1}', {"Content-Type": "multipart/form-data; boundary=x"})
    answer = call.getresponse()
    assert answer.status == 415
    assert json.load(answer)["code"] == "unsupported_media_type"


def test_ctrl_c_stops_it_cleanly(bar):
    running = bar()
    running.wait()
    out, err, code = running.end(signal.SIGINT)
    assert code == 0
    assert out.endswith("Stopped.\n")
    assert "Traceback" not in err


def refused(process) -> str:
    """The one line it ends with."""
    out, err = process.communicate(timeout=START_S)
    assert process.returncode == 1
    assert out == ""
    assert err.count("\n") == 1, err
    return err


def test_a_taken_port_is_one_clear_line(bar):
    with socket.socket() as taken:
        taken.bind(("0.0.0.0", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert f"Port {port} on 0.0.0.0 cannot be used" in refused(bar(PORT=port).process)


@pytest.mark.parametrize("port", ["0", "80000", "coffee", "-1"])
def test_an_impossible_port_is_one_clear_line(bar, port):
    assert "PORT is" in refused(bar(PORT=port).process)


@pytest.mark.parametrize("key", [{}, {"SECRET_KEY": "given"}])
def test_a_folder_that_cannot_be_used_is_one_clear_line(bar, tmp_path, key):
    (tmp_path / "file").write_text("")
    assert "DATA_DIR" in refused(bar(tmp_path / "file" / "data", **key).process)


def test_a_database_that_is_not_there_is_said_without_a_traceback(bar):
    process = bar(DATABASE_URL="postgres://nobody@127.0.0.1:1/none", DATABASE_WAIT="0").process
    _, err = process.communicate(timeout=START_S)
    assert process.returncode == 1
    assert "The database does not answer" in err
    assert "Traceback" not in err
