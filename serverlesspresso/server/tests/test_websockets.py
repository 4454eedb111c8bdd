"""Messages that go to many sockets: their bytes are made once, and written at once where nothing waits."""

from types import SimpleNamespace

import pytest

from serverlesspresso.events.live.messages import Message
from serverlesspresso.server.websockets import Protocol


@pytest.mark.parametrize(
    ("length", "head"),
    [
        (5, "8105"),
        (125, "817d"),
        (126, "817e007e"),
        (256, "817e0100"),
        (65_535, "817effff"),
        (65_536, "817f0000000000010000"),
    ],
)
def test_a_message_is_one_frame_as_rfc_6455_has_it(length, head):
    assert Message("x" * length).frame == bytes.fromhex(head) + b"x" * length


def test_the_length_of_a_frame_is_that_of_its_bytes():
    assert Message("café").frame == b"\x81\x05caf\xc3\xa9"


@pytest.fixture
def protocol():
    protocol, protocol.sent = Protocol(), []
    protocol.state = Protocol.STATE_OPEN
    protocol.transport = SimpleNamespace(waiting=False, write=protocol.sent.append)
    return protocol


def test_a_message_is_written_at_once(protocol):
    assert protocol.write(Message("Hello"))
    assert protocol.sent == [b"\x81\x05Hello"]


def test_nothing_is_written_behind_what_a_client_has_not_read(protocol):
    protocol.transport.waiting = True
    assert not protocol.write(Message("Hello"))
    assert protocol.sent == []


def test_nothing_is_written_to_a_closed_socket(protocol):
    protocol.state = Protocol.STATE_CLOSED
    assert not protocol.write(Message("Hello"))
    assert protocol.sent == []
