"""What the processes of a bar with servers are copied from, and which there are."""

import json
import subprocess
import sys

import pytest

from serverlesspresso.server import daphne, process_definitions

LOOK = """
import json, os, sys, threading
import django
django.setup()
from serverlesspresso.server import process_definitions as parts
parts.load()
parts.freeze()
from django.db import connections
held = []
for number in os.listdir("/proc/self/fd"):
    try:
        held.append(os.readlink(f"/proc/self/fd/{number}"))
    except OSError:
        pass  # the one that lists them
print(json.dumps({
    "threads": threading.active_count(),
    "modules": list(sys.modules),
    "held": held,
    "connected": [each.alias for each in connections.all(initialized_only=True) if each.connection],
}))
"""


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    """A process that has loaded all, as the supervisor does."""
    nowhere = {"DATABASE_URL": "postgres://nobody@127.0.0.1:1/none", "REDIS_URL": "redis://127.0.0.1:1/0"}
    environment = {"DATA_DIR": str(tmp_path_factory.mktemp("data")), "SECRET_KEY": "x" * 50, **nowhere}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", LOOK],
        env={"DJANGO_SETTINGS_MODULE": "serverlesspresso.settings", **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_bar_of_its_own_has_one_beat_and_slow_work_apart():
    with daphne.listen("127.0.0.1", 0) as listener:
        children = process_definitions.children(listener, web=2)
    names = [child.name for child in children]
    workers = ["workflow worker", "dispatch worker", "slow worker", "outgoing worker"]
    assert names == ["web 1", "web 2", *workers, "beat"]
    assert all(len(name) <= 15 for name in names), "the system cuts longer ones"
    queues = [child.args[child.args.index("-Q") + 1] for child in children if "-Q" in child.args]
    assert queues == ["workflow", "dispatch", "slow", "outgoing"]


@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc")
def test_what_they_are_copied_from_has_begun_nothing(loaded):
    assert loaded["threads"] == 1
    assert loaded["connected"] == []
    assert [each for each in loaded["held"] if each.startswith(("socket:", "anon_inode:"))] == []


@pytest.mark.parametrize(
    ("module", "because"),
    [
        ("twisted.internet.reactor", "it is one event loop, and each web process needs its own"),
        ("daphne.server", "it makes an event loop"),
        ("prometheus_client", "it decides when it is loaded in which files a process counts"),
    ],
)
def test_what_begins_something_when_it_is_loaded_is_left_to_the_copies(loaded, module, because):
    assert module not in loaded["modules"], because
