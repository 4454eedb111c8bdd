import pytest
from channels.testing import WebsocketCommunicator

from serverlesspresso.asgi import application

HEADERS = [(b"host", b"testserver"), (b"origin", b"http://testserver")]


@pytest.mark.parametrize("path", ["/", "/ws/", "/ws/nothing/", "/ws/display/", "/admin/", "/ws/\x00"])
async def test_a_socket_to_nowhere_is_refused_and_nothing_crashes(path):
    socket = WebsocketCommunicator(application, path, headers=HEADERS)
    connected, _ = await socket.connect()
    assert connected is False


async def test_a_socket_from_another_site_is_refused_at_an_address_that_exists():
    headers = [(b"host", b"testserver"), (b"origin", b"http://evil.example")]
    socket = WebsocketCommunicator(application, "/ws/stores/ABC/", headers=headers)
    connected, _ = await socket.connect()
    assert connected is False
