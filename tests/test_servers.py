"""The bar with servers of its own: several processes over PostgreSQL and Redis."""

import json
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request

import pytest
from django.conf import settings

from .test_serve import Bar

pytestmark = [pytest.mark.services, pytest.mark.own_database]


@pytest.fixture(scope="module")
def servers():
    """Throw-away PostgreSQL and Redis: their addresses, as an environment."""
    process = subprocess.Popen(
        [settings.BASE_DIR / "bin" / "with-services", "sh", "-c", "echo $DATABASE_URL $REDIS_URL; read line"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    database, redis = process.stdout.readline().split()
    yield {"DATABASE_URL": database, "REDIS_URL": redis}
    process.communicate("\n", timeout=30)


@pytest.fixture
def bar(servers, tmp_path):
    running = Bar(tmp_path, **servers)
    running.wait()
    yield running
    if running.process.poll() is None:
        running.process.terminate()
        running.process.communicate(timeout=30)


def children(bar) -> dict[int, str]:
    """What each child process is, by its id."""
    table = subprocess.run(
        ["ps", "-eo", "pid=,ppid=,args="], capture_output=True, text=True, check=True
    ).stdout
    rows = [line.split(None, 2) for line in table.splitlines()]
    return {int(pid): args for pid, parent, args in rows if int(parent) == bar.process.pid}


def ready(bar) -> bool:
    try:
        return json.loads(bar.get("/readyz"))["ready"]
    except (OSError, urllib.error.HTTPError):
        return False


def soon(condition, seconds=30):
    """Wait until something holds."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if condition():
            return
        time.sleep(0.2)
    raise AssertionError(f"not within {seconds} s")


def test_it_is_ready_survives_the_death_of_any_part_and_stops_cleanly(bar):
    soon(lambda: ready(bar))
    before = children(bar)
    assert len(before) >= 4
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    soon(lambda: len(children(bar)) == len(before) and not before.keys() & children(bar).keys())
    time.sleep(11)  # longer than readiness forgives a sweep that does not run: so the new ones work
    soon(lambda: ready(bar))
    left = children(bar)
    out, err, code = bar.end()
    assert code == 0
    assert "Serverlesspresso is open." in out
    assert err.count("will be started again") == len(before)
    for pid in left:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
