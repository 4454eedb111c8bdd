"""Metrics of several processes, which count into files."""

import os
import re
import subprocess
import sys

from django.conf import settings as configured

from serverlesspresso.core import metrics

PROCESS = """
import django, os, sys
django.setup()
from serverlesspresso.core import metrics
metrics.listening("board", 2)
metrics.count_refusal("queue_full")
if os.fork() == 0:
    metrics.listening("board", 1)
    metrics.count_refusal("queue_full")
    os._exit(0)
os.wait()
if "read" in sys.argv:
    from prometheus_client import generate_latest
    print(generate_latest(metrics.registry()).decode())
"""


def test_what_all_processes_counted_is_told_and_the_sockets_of_the_living(tmp_path):
    def process(*arguments):
        environment = {
            "DJANGO_SETTINGS_MODULE": "serverlesspresso.settings",
            "REDIS_URL": "redis://127.0.0.1:1",
        }
        return subprocess.run(
            [sys.executable, "-c", PROCESS, *arguments],
            cwd=configured.BASE_DIR,
            env={"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path)} | environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    for _ in range(3):
        process()
    for counted in ("8.0", "10.0"):
        text = process("read")
        assert re.search(rf'serverlesspresso_refusals_total\{{code="queue_full"\}} {counted}', text)
        assert re.findall(r'serverlesspresso_sockets\{pid="\d+",topic="board"\} (.+)', text) == ["2.0"]
    left = [file.name for file in tmp_path.glob("metrics/*/*.db")]
    assert len(left) < 8, f"the files of dead processes pile up: {left}"


def test_a_new_start_forgets_the_files_of_the_last_one(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    folder = metrics._prepared()
    (folder / "counter_1.db").touch()
    metrics.clean()
    assert not folder.exists()
    metrics.clean()


def test_where_the_folder_cannot_be_made_each_process_counts_for_itself(settings, tmp_path):
    (tmp_path / "metrics").touch()
    settings.DATA_DIR = tmp_path
    assert metrics._prepared() is None


def test_a_bar_that_counted_nothing_has_not_loaded_the_client():
    script = "import django, sys; django.setup(); import serverlesspresso.urls; print(*sys.modules)"
    environment = {"DJANGO_SETTINGS_MODULE": "serverlesspresso.settings"}
    told = subprocess.run(
        [sys.executable, "-c", script],
        cwd=configured.BASE_DIR,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = told.stdout.split()
    assert "serverlesspresso.web.prometheus" in loaded
    assert "prometheus_client" not in loaded


def test_what_cannot_be_counted_is_in_nobodys_way(monkeypatch, caplog):
    def full():
        raise OSError("no space left on device")

    monkeypatch.setattr(metrics, "_instruments", full)
    metrics.observe_request("GET", "orders:home", 200, 0.1)
    assert "could not count observe_request: no space left" in caplog.text
