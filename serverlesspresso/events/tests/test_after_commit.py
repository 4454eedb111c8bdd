"""Background senders never make a click wait, and survive what they cannot send."""

import threading
import time

import pytest

from serverlesspresso.events import after_commit
from serverlesspresso.events.after_commit import BackgroundSender


@pytest.fixture(autouse=True)
def threads(settings):
    settings.SEND_INLINE = False


def test_messages_are_sent_in_order():
    sent = []
    sender = BackgroundSender("test", sent.append)
    for message in range(20):
        sender.put(message)
    sender.flush(5)
    assert sent == list(range(20))


def test_whoever_sends_a_message_does_not_wait_for_it():
    hangs = threading.Event()
    sender = BackgroundSender("test", lambda message: hangs.wait(5))
    began = time.monotonic()
    for message in range(1000):
        sender.put(message)
    assert time.monotonic() - began < 1
    hangs.set()


def test_after_a_failure_it_rests_and_then_goes_on(monkeypatch):
    monkeypatch.setattr(after_commit, "_REST_S", 0.1)
    sent = []

    def deliver(message):
        if message == "bad":
            raise ConnectionError("down")
        sent.append(message)

    sender = BackgroundSender("test", deliver)
    sender.put("bad")
    sender.put("dropped while resting")
    sender.flush(5)
    time.sleep(0.15)
    sender.put("good")
    sender.flush(5)
    assert sent == ["good"]


def test_a_full_queue_drops_and_does_not_raise(caplog):
    hangs = threading.Event()
    sender = BackgroundSender("test", lambda message: hangs.wait(5))
    for message in range(10_010):
        sender.put(message)
    assert "is full" in caplog.text
    hangs.set()
