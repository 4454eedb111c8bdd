import pytest

from orders.models import Heartbeat
from serverlesspresso import clock, health


def test_a_living_process_says_ok_without_asking_the_database(client):
    response = client.get("/healthz")  # this test may not use the database
    assert response.content == b"ok"


@pytest.fixture
def swept(db):
    Heartbeat.objects.update_or_create(name="sweep", defaults={"at": clock.now()})


def test_ready_when_everything_answers_and_the_sweep_ran(client, swept):
    response = client.get("/readyz")
    assert response.status_code == 200
    said = response.json()
    assert said["ready"] is True
    assert {name for name, check in said.items() if name != "ready" and check["ok"]} == set(health.PROBES)
    assert "no-store" in response["Cache-Control"]


def test_not_ready_before_the_first_sweep(client, db):
    Heartbeat.objects.all().delete()
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["sweep"] == {"ok": False, "age": None}


def test_not_ready_when_nobody_swept_for_a_while(client, swept):
    clock.advance(health.SWEEP_LATE_S + 5)
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["sweep"]["age"] >= health.SWEEP_LATE_S


@pytest.mark.parametrize("part", ["database", "broker", "layer"])
def test_what_does_not_answer_is_named_without_its_secrets(client, swept, monkeypatch, part):
    def broken():
        raise ConnectionError("redis://:secret@10.0.0.1 refused")

    monkeypatch.setitem(health.PROBES, part, broken)
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()[part] == {"ok": False, "error": "ConnectionError"}
    assert b"secret" not in response.content


@pytest.mark.parametrize("address", ["/healthz", "/readyz"])
def test_only_reading_is_allowed(client, db, address):
    assert client.post(address).status_code == 405
