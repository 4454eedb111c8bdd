import signal
import subprocess
import sys
import time

import pytest

from serverlesspresso import supervisor, web
from serverlesspresso.supervisor import Child

SLEEPS = [sys.executable, "-c", "import time; time.sleep(60)"]
DIES = [sys.executable, "-c", "raise SystemExit(3)"]


@pytest.fixture
def child():
    """Children that are gone after the test."""
    made = []

    def make(command):
        made.append(Child("sleeper", command, rest=0.01))
        return made[-1]

    yield make
    for each in made:
        if each.process is not None and each.process.poll() is None:
            each.process.kill()
            each.process.wait()


def test_what_dies_is_started_again(child):
    sleeper = child(SLEEPS)
    sleeper.look()
    first = sleeper.process
    first.kill()
    first.wait()
    sleeper.look()
    time.sleep(0.1)
    sleeper.look()
    assert sleeper.process.pid != first.pid
    assert sleeper.process.poll() is None


def test_what_runs_is_left_alone(child):
    sleeper = child(SLEEPS)
    sleeper.look()
    pid = sleeper.process.pid
    sleeper.look()
    assert sleeper.process.pid == pid


def test_what_dies_young_rests_longer_each_time_but_not_for_ever(child):
    dying = child(DIES)
    rests = []
    for _ in range(4):
        dying.start()
        dying.process.wait()
        dying.look()
        rests.append(dying.rest)
        assert dying.process is None, "not before its rest is over"
    assert rests == sorted(rests)
    dying.rest = 1000
    dying.start()
    dying.process.wait()
    dying.look()
    assert dying.rest == 5.0


def test_what_lasted_is_started_again_soon(child):
    sleeper = child(SLEEPS)
    sleeper.rest = 8
    sleeper.start()
    sleeper.started -= 60
    sleeper.process.kill()
    sleeper.process.wait()
    sleeper.look()
    assert sleeper.rest == 0.5


def test_a_bar_of_its_own_has_one_beat_and_slow_work_apart():
    with web.listen("127.0.0.1", 0) as listener:
        children = supervisor.children(listener, web=2)
    names = [child.name for child in children]
    assert names == ["web 1", "web 2", "workflow worker", "slow worker", "beat"]
    queues = [child.command[child.command.index("-Q") + 1] for child in children if "-Q" in child.command]
    assert queues == ["workflow", "slow"]


SCRIPT = """
import sys
from serverlesspresso.supervisor import Child, run
run([Child("a", [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)"])])
print("done")
"""


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_all_of_them_and_then_the_supervisor(how):
    process = subprocess.Popen([sys.executable, "-c", SCRIPT], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "up\n"
    process.send_signal(how)
    out, _ = process.communicate(timeout=10)
    assert out == "done\n"
    assert process.returncode == 0


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent died")
def test_a_killed_supervisor_takes_its_children_along():
    process = subprocess.Popen([sys.executable, "-c", SCRIPT], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "up\n"
    process.kill()
    out, _ = process.communicate(timeout=10)  # ends only when the child, which has this pipe too, is gone
    assert out == ""
