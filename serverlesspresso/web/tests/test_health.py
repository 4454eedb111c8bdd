"""Alive, ready, and honest about what hangs."""

import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

import pytest
from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from orders.models import Heartbeat
from serverlesspresso.core import clock
from serverlesspresso.server.daphne import listen
from serverlesspresso.web import health, probes
from serverlesspresso.web.probes import Probe, run_probes


def test_a_living_process_says_ok_without_asking_the_database(client):
    response = client.get("/healthz")  # this test may not use the database
    assert response.content == b"ok"


@pytest.fixture
def swept(transactional_db):  # each part is asked in a thread of its own, which sees only what is committed
    Heartbeat.objects.update_or_create(name="sweep", defaults={"at": clock.now()})


def test_ready_when_everything_answers_and_the_sweep_ran(client, swept):
    response = client.get("/readyz")
    assert response.status_code == 200
    said = response.json()
    assert said["ready"] is True
    assert {name for name, check in said.items() if name != "ready" and check["ok"]} == set(health.PROBES)
    assert "no-store" in response["Cache-Control"]


def test_not_ready_before_the_first_sweep(client, transactional_db):
    Heartbeat.objects.all().delete()
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["sweep"] == {"ok": False, "age": None}


def test_not_ready_when_nobody_swept_for_a_while(client, swept):
    clock.advance(health.SWEEP_LATE_S + 5)
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["sweep"]["age"] >= health.SWEEP_LATE_S


def test_not_ready_while_the_tables_are_older_than_the_code(client, swept):
    last = MigrationRecorder.Migration.objects.filter(app="orders").latest("pk")
    MigrationRecorder(connection).record_unapplied("orders", last.name)
    try:
        response = client.get("/readyz")
    finally:
        MigrationRecorder(connection).record_applied("orders", last.name)
    assert response.status_code == 503
    assert response.json()["database"] == {"ok": False, "error": "TablesAreBehind"}


def test_ready_while_the_tables_are_newer_than_the_code_for_another_machine_is_upgraded_first(client, swept):
    MigrationRecorder(connection).record_applied("orders", "9999_of_a_later_version")
    try:
        assert client.get("/readyz").json()["ready"] is True
    finally:
        MigrationRecorder(connection).record_unapplied("orders", "9999_of_a_later_version")


def test_not_ready_by_a_sweep_that_is_still_to_come(client, swept):
    clock.advance(-7200)
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["sweep"]["ok"] is False
    assert response.json()["sweep"]["age"] < -7000


@pytest.mark.parametrize("part", ["database", "broker", "layer"])
def test_what_does_not_answer_is_named_without_its_secrets(client, swept, monkeypatch, part):
    def broken():
        raise ConnectionError("redis://:secret@10.0.0.1 refused")

    monkeypatch.setitem(health.PROBES, part, Probe(broken))
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()[part] == {"ok": False, "error": "ConnectionError"}
    assert b"secret" not in response.content


@pytest.mark.parametrize("address", ["/healthz", "/readyz"])
def test_only_reading_is_allowed(client, db, address):
    assert client.post(address).status_code == 405


def test_what_hangs_is_asked_once_however_many_ask_and_given_up_in_the_end(monkeypatch):
    asked, hangs = [], threading.Event()

    def hang():
        asked.append(1)
        hangs.wait(10)

    question = Probe(hang)
    for _ in range(5):
        assert not run_probes({"it": question}, 0.01)["it"].done()
    assert len(asked) == 1
    monkeypatch.setattr(probes, "_GIVEN_UP_S", 0)
    run_probes({"it": question}, 0.01)
    assert len(asked) == 2
    hangs.set()


def test_one_that_hangs_does_not_hide_that_the_others_answer():
    hangs = threading.Event()
    began = time.monotonic()
    said = run_probes({"bad": Probe(lambda: hangs.wait(10)), "good": Probe(lambda: {"ok": 1})}, 0.3)
    assert time.monotonic() - began < 1
    assert not said["bad"].done()
    assert said["good"].result() == {"ok": 1}
    hangs.set()


@pytest.fixture
def black_hole():
    """A port that takes calls and never says a word."""
    with socket.socket() as hole:
        hole.bind(("127.0.0.1", 0))
        hole.listen(64)
        yield hole.getsockname()[1]


@pytest.fixture
def web(black_hole, tmp_path):
    """A web server whose PostgreSQL and Redis hang; its address."""
    with listen("127.0.0.1", 0) as listener:
        nowhere = f"127.0.0.1:{black_hole}"
        servers = {"DATABASE_URL": f"postgres://coffee@{nowhere}/coffee", "REDIS_URL": f"redis://{nowhere}/0"}
        process = subprocess.Popen(
            [sys.executable, "-m", "serverlesspresso.server.daphne", str(listener.fileno())],
            cwd=settings.BASE_DIR,
            env={"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path)} | servers,
            pass_fds=[listener.fileno()],
            stderr=subprocess.DEVNULL,
        )
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        process.kill()
        process.wait()


def get(address) -> tuple[int, str, float]:
    """Status, body and how long it took."""
    began = time.monotonic()
    try:
        with urllib.request.urlopen(address, timeout=60) as answer:
            return answer.status, answer.read().decode(), time.monotonic() - began
    except urllib.error.HTTPError as answer:
        return answer.status, answer.read().decode(), time.monotonic() - began


def test_while_the_servers_hang_it_says_so_within_two_seconds(web):
    assert get(f"{web}/healthz")[:2] == (200, "ok")  # it has started
    for _ in range(2):
        status, body, seconds = get(f"{web}/readyz")
        said = json.loads(body)
        assert status == 503
        assert seconds < 2
        assert not any(said[part]["ok"] for part in ("database", "broker", "layer", "sweep"))
    status, body, seconds = get(f"{web}/metrics")
    assert status == 200
    assert seconds < 3
    assert "serverlesspresso_database_up 0.0" in body
    asked = r'request_seconds_count\{method="GET",route="readyz",status="5xx"\} 2.0'
    assert re.search(asked, body)
