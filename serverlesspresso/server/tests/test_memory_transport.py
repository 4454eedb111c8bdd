"""Messages within one process wake the consumer that waits for them."""

import threading
import time

import pytest
from kombu import Connection, Consumer, Queue

from serverlesspresso.server import memory_transport

TRANSPORT = "serverlesspresso.server.memory_transport:Transport"


@pytest.fixture
def connection(request):
    with Connection("memory://", transport=TRANSPORT) as connection:
        yield connection


def test_a_message_wakes_the_consumer_at_once(connection, monkeypatch):
    monkeypatch.setattr(memory_transport, "LOOK_S", 60)
    heard = []
    with Consumer(
        connection, Queue("awake"), callbacks=[lambda body, message: heard.append(body)], no_ack=True
    ):
        say = threading.Timer(
            0.2, lambda: Connection("memory://", transport=TRANSPORT).SimpleQueue("awake").put(1)
        )
        say.start()
        connection.drain_events(timeout=10)
    assert heard == [1]


def test_a_message_that_was_dealt_with_lets_the_next_one_in(connection, monkeypatch):
    monkeypatch.setattr(memory_transport, "LOOK_S", 60)
    kept = []
    queue = connection.SimpleQueue("one at a time")
    queue.put(1)
    queue.put(2)
    with Consumer(
        connection, Queue("one at a time"), callbacks=[lambda _, message: kept.append(message)]
    ) as consumer:
        consumer.qos(prefetch_count=1)
        connection.drain_events(timeout=10)
        with pytest.raises(TimeoutError):
            connection.drain_events(timeout=0.1)
        threading.Timer(0.2, kept[0].ack).start()
        connection.drain_events(timeout=10)
    assert [message.payload for message in kept] == [1, 2]


def test_who_waits_does_not_look_all_the_time(connection):
    looks = []
    with Consumer(connection, Queue("quiet"), no_ack=True):
        real = connection.transport.cycle.get
        connection.transport.cycle.get = lambda *args, **kwargs: looks.append(1) or real(*args, **kwargs)
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            connection.drain_events(timeout=1)
    assert time.monotonic() - began >= 1
    assert len(looks) <= 4
