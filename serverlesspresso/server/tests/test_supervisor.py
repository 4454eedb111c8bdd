import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.conf import settings

from serverlesspresso.server import supervisor
from serverlesspresso.server.supervisor import Child

ON_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="only Linux knows names and dead parents")


@pytest.fixture
def child():
    """Children that are gone after the test."""
    made = []

    def make(work, *args):
        made.append(Child("sleeper", work, args, rest=0.01))
        return made[-1]

    yield make
    for each in made:
        if each.process is not None:
            each.process.kill()
            each.process.join()


def killed(child):
    child.process.kill()
    child.process.join()


def died(child):
    child.start()
    child.process.join()
    child.look()


def test_what_dies_is_started_again(child):
    sleeper = child(time.sleep, 60)
    sleeper.look()
    first = sleeper.process
    killed(sleeper)
    sleeper.look()
    time.sleep(0.1)
    sleeper.look()
    assert sleeper.process.pid != first.pid
    assert sleeper.process.is_alive()


def test_what_runs_is_left_alone(child):
    sleeper = child(time.sleep, 60)
    sleeper.look()
    pid = sleeper.process.pid
    sleeper.look()
    assert sleeper.process.pid == pid


def test_what_dies_young_rests_longer_each_time_but_not_for_ever(child):
    dying = child(os._exit, 3)
    rests = []
    for _ in range(4):
        died(dying)
        rests.append(dying.rest)
        assert dying.process is None, "not before its rest is over"
    assert rests == sorted(set(rests))
    dying.rest = 1000
    died(dying)
    assert dying.rest == 5.0


def test_what_lasted_is_started_again_at_once(child):
    sleeper = child(time.sleep, 60)
    sleeper.rest = 8
    sleeper.start()
    sleeper.started -= 60
    killed(sleeper)
    sleeper.look()
    assert sleeper.rest == 0.1


def test_a_machine_without_room_for_a_process_is_asked_again_later(child, monkeypatch, caplog):
    sleeper = child(time.sleep, 60)

    def no_room():
        raise BlockingIOError("Resource temporarily unavailable")

    with monkeypatch.context() as full:
        full.setattr(os, "fork", no_room)
        sleeper.look()
    assert sleeper.process is None
    assert "could not be started and will be tried again" in caplog.text
    time.sleep(0.1)
    sleeper.look()
    assert sleeper.process.is_alive()


def test_what_is_done_beside_leaves_no_trace_here():
    seen = []
    supervisor.run_in_child(lambda: seen.append("there"), lambda: seen.append("here"))
    assert seen == ["here"]


def test_what_fails_beside_ends_this_one_too(capfd):
    def fail():
        raise SystemExit("The database does not answer.")

    with pytest.raises(SystemExit) as end:
        supervisor.run_in_child(fail, int)
    assert end.value.code == 1
    assert "The database does not answer." in capfd.readouterr().err


SCRIPT = """
import signal, time
from serverlesspresso.server import supervisor
from serverlesspresso.server.supervisor import Child, run

def work():
    print("up", flush=True)
    time.sleep(60)

if __name__ == "__main__":
    run([Child("a part of it", work)])
    print("done")
"""


STUBBORN = """
import os, signal, time
from serverlesspresso.server import supervisor
from serverlesspresso.server.supervisor import Child, run

def work():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if os.fork():
        print("up", flush=True)
    time.sleep(60)

if __name__ == "__main__":
    supervisor._STOP_S = 0.5
    run([Child("stubborn", work)])
    print("done")
"""

PARENT = """
import os, signal, time
from serverlesspresso.server.supervisor import die_with_parent

parent = os.getpid()
if not os.fork():
    die_with_parent(parent, signal.SIGKILL)
    print("up", flush=True)
time.sleep(60)
"""

LATE = """
import os
from serverlesspresso.server.supervisor import die_with_parent

print("up", flush=True)
die_with_parent(os.getpid(), 0)
print("went on")
"""


@pytest.fixture
def started(tmp_path):
    """Starts a supervisor of a script's children; it and they are gone after the test."""
    running = []

    def start(script=SCRIPT):
        path = tmp_path / "script.py"
        path.write_text(script)
        environment = os.environ | {"PYTHONPATH": str(settings.BASE_DIR)}
        running.append(
            subprocess.Popen([sys.executable, path], stdout=subprocess.PIPE, text=True, env=environment)
        )
        assert running[-1].stdout.readline() == "up\n"
        return running[-1]

    yield start
    for process in running:
        process.kill()
        process.communicate(timeout=10)


def only_child(process) -> int:
    return int(Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text())


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_all_of_them_and_then_the_supervisor(started, how):
    process = started()
    process.send_signal(how)
    out, _ = process.communicate(timeout=10)
    assert out == "done\n"
    assert process.returncode == 0


def test_where_forking_is_not_safe_each_is_a_fresh_python(started):
    anew = "run([", "supervisor._how = supervisor.multiprocessing.get_context('spawn')\n    run(["
    process = started(SCRIPT.replace(*anew))
    process.terminate()
    out, _ = process.communicate(timeout=20)
    assert out == "done\n"


@ON_LINUX
def test_a_killed_supervisor_takes_its_children_along(started):
    process = started()
    process.kill()
    out, _ = process.communicate(timeout=10)  # ends only when the child, which has this pipe too, is gone
    assert out == ""


@ON_LINUX
def test_a_child_bears_its_name_and_is_out_of_reach_of_ctrl_c(started):
    process = started()
    child = only_child(process)
    assert Path(f"/proc/{child}/comm").read_text() == "a part of it\n"
    assert os.getsid(child) == child


@ON_LINUX
def test_what_does_not_stop_is_killed_with_all_it_started(started):
    process = started(STUBBORN)
    process.terminate()
    out, _ = process.communicate(timeout=10)  # both have this pipe
    assert out == "done\n"


@ON_LINUX
def test_a_killed_parent_takes_along_who_wants_to_end_with_it(started):
    process = started(PARENT)
    process.kill()
    process.communicate(timeout=10)  # ends only when the child, which has this pipe too, is gone


@ON_LINUX
def test_whose_parent_died_a_moment_ago_ends_at_once(started):
    process = started(LATE)
    out, _ = process.communicate(timeout=10)
    assert (out, process.returncode) == ("", 1)
