"""The bell is heard by one attendant at a time, and one that hangs or dies is relieved."""

import threading
import time

import pytest
from django.conf import settings

from serverlesspresso.events import tasks
from serverlesspresso.events.delivery import attending, bell, pump, turns
from serverlesspresso.events.delivery.bell import Begin, HereBell, RedisBell


@pytest.fixture(params=["here", "redis"])
def ringing(request):
    if request.param == "redis" and settings.EMBEDDED:
        pytest.skip("needs Redis")
    if request.param == "here":
        return HereBell()
    return RedisBell(settings.REDIS_URL, f"{settings.REDIS_PREFIX}-{time.monotonic()}")


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(bell, "ATTENDS_S", 0.15)
    monkeypatch.setattr(bell, "CALLED_S", 0.1)


def test_a_ring_calls_somebody_only_if_nobody_attends_or_was_called(ringing):
    assert ringing.ring() is True
    assert ringing.ring() is False
    assert ringing.begin("one") is Begin.YES
    assert ringing.ring() is False
    assert ringing.end("one") is True
    assert ringing.ring() is True


def test_there_is_one_attendant(ringing):
    assert ringing.begin("one") is Begin.YES
    assert ringing.begin("two") is Begin.NO
    assert ringing.end("one") is False
    assert ringing.begin("two") is Begin.YES


def test_rings_before_somebody_looks_are_one_piece_of_news(ringing):
    ringing.begin("one")
    for _ in range(5):
        ringing.ring()
    assert ringing.hear("one", 1) is True
    assert ringing.hear("one", 0.01) is False


def test_an_attendant_that_waits_hears_the_ring_at_once(ringing):
    ringing.begin("one")
    began = time.monotonic()
    timer = threading.Timer(0.1, ringing.ring)
    timer.start()
    assert ringing.hear("one", 20) is True
    assert time.monotonic() - began < 10
    timer.join()


def test_who_gives_no_sign_is_relieved_and_the_next_is_told_so(quick, ringing):
    ringing.begin("one")
    assert ringing.ring() is False
    time.sleep(0.25)
    assert ringing.ring() is True  # or nobody would come
    assert ringing.begin("two") is Begin.IN_PLACE
    assert ringing.stay("one") is False
    assert ringing.hear("one", 5) is False
    assert ringing.end("one") is True
    assert ringing.begin("three") is Begin.NO


def test_a_task_that_does_not_come_is_called_again(quick, ringing):
    assert ringing.ring() is True
    time.sleep(0.2)
    assert ringing.ring() is True


# -- attending -------------------------------------------------------------------------------------


@pytest.fixture
def here(monkeypatch):
    """A bell of this test's own, and what was done: rounds, and tasks that were started."""
    turns.forget()
    ours = HereBell()
    monkeypatch.setattr(attending, "bell", lambda: ours)
    monkeypatch.setattr(attending, "WAITS_S", 0.02)
    ours.rounds, ours.started = [], []
    monkeypatch.setattr(pump, "deliver", lambda **_: ours.rounds.append(ours) or [])
    monkeypatch.setattr(tasks.deliver, "apply_async", lambda *args, **_: ours.started.append(args))
    yield ours
    turns.forget()


def test_it_stays_as_long_as_something_happens(here, monkeypatch):
    def deliver(**_):
        here.rounds.append(1)
        if len(here.rounds) < 4:
            here.ring()
        return ["slow"]

    monkeypatch.setattr(pump, "deliver", deliver)
    handed_on = []
    attending.attend(handed_on.append)
    assert len(here.rounds) == 4
    assert handed_on == [["slow"]] * 4
    assert here.begin("another") is Begin.YES
    assert here.started == []


def test_it_does_nothing_when_somebody_attends(here):
    here.begin("somebody")
    attending.attend(lambda names: None)
    assert here.rounds == []


def test_with_news_left_at_its_end_another_task_is_started(here, monkeypatch):
    monkeypatch.setattr(attending, "STAYS_S", 0.0)
    attending.attend(lambda names: here.ring())
    assert here.started == [()]


def test_after_one_that_hung_nothing_is_shared_for_a_while(here, monkeypatch):
    monkeypatch.setattr(bell, "ATTENDS_S", 0.0)
    here.begin("who hangs")
    attending.attend(lambda names: None)
    assert len(here.rounds) == 1
    assert turns._alone


def test_a_failing_round_leaves_the_bell_to_others(here, monkeypatch):
    def fails(**_):
        raise ConnectionError

    monkeypatch.setattr(pump, "deliver", fails)
    with pytest.raises(ConnectionError):
        attending.attend(lambda names: None)
    assert here.begin("next") is Begin.YES


def test_without_the_bells_server_it_is_one_round(here, monkeypatch, caplog):
    away = RedisBell("redis://127.0.0.1:1/0", "test")
    monkeypatch.setattr(attending, "bell", lambda: away)
    attending.attend(lambda names: None)
    assert len(here.rounds) == 1
    assert "the bell does not answer" in caplog.text
