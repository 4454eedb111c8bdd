import pytest
from channels.testing import WebsocketCommunicator

from serverlesspresso.asgi import application

HEADERS = [(b"host", b"testserver"), (b"origin", b"http://testserver")]

NULS = [
    "/ws/\x00",
    *(f"/ws/{screen}/a\x00b/" for screen in ("orders", "waiting", "stores", "display", "barista")),
]
"""No short name and no id has one, and PostgreSQL does not take it: addresses leave it out."""


@pytest.mark.parametrize(
    "path",
    ["/", "/ws/", "/ws/nothing/", "/ws/display/", "/admin/", "/ws/display/é/", "/ws/orders/☕/swap/", *NULS],
)
async def test_a_socket_to_nowhere_is_refused_and_nothing_crashes(path):
    socket = WebsocketCommunicator(application, path, headers=HEADERS)
    connected, _ = await socket.connect()
    assert connected is False


async def test_a_socket_from_another_site_is_refused_at_an_address_that_exists():
    headers = [(b"host", b"testserver"), (b"origin", b"http://evil.example")]
    socket = WebsocketCommunicator(application, "/ws/stores/ABC/", headers=headers)
    connected, _ = await socket.connect()
    assert connected is False
