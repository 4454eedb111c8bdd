"""Couriers never make a click wait, and survive what they cannot deliver."""

import threading
import time

import pytest

from serverlesspresso.events import after_commit as couriers
from serverlesspresso.events.after_commit import BackgroundSender


@pytest.fixture(autouse=True)
def threads(settings):
    settings.COURIER_INLINE = False


def test_errands_are_carried_in_order():
    carried = []
    courier = BackgroundSender("test", carried.append)
    for errand in range(20):
        courier.carry(errand)
    courier.flush(5)
    assert carried == list(range(20))


def test_whoever_hands_over_an_errand_does_not_wait_for_it():
    hangs = threading.Event()
    courier = BackgroundSender("test", lambda errand: hangs.wait(5))
    began = time.monotonic()
    for errand in range(1000):
        courier.carry(errand)
    assert time.monotonic() - began < 1
    hangs.set()


def test_after_a_failure_it_rests_and_then_goes_on(monkeypatch):
    monkeypatch.setattr(couriers, "_REST_S", 0.1)
    carried = []

    def deliver(errand):
        if errand == "bad":
            raise ConnectionError("down")
        carried.append(errand)

    courier = BackgroundSender("test", deliver)
    courier.carry("bad")
    courier.carry("dropped while resting")
    courier.flush(5)
    time.sleep(0.15)
    courier.carry("good")
    courier.flush(5)
    assert carried == ["good"]


def test_a_full_queue_drops_and_does_not_raise(caplog):
    hangs = threading.Event()
    courier = BackgroundSender("test", lambda errand: hangs.wait(5))
    for errand in range(10_010):
        courier.carry(errand)
    assert "is full" in caplog.text
    hangs.set()
