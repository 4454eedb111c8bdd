import pytest
from channels.testing import WebsocketCommunicator

from serverlesspresso.web.websocket_origin import SameOrigin, allowed


@pytest.fixture(autouse=True)
def bar(settings):
    settings.PUBLIC_URL = ""
    settings.ALLOWED_HOSTS = ["*"]
    return settings


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://192.168.7.20:8000", "192.168.7.20:8000"),
        ("http://bar.local", "bar.local"),
        ("http://bar.local", "bar.local:80"),
        ("https://bar.local", "bar.local"),
        ("http://[::1]:8000", "[::1]:8000"),
    ],
)
def test_pages_of_the_same_host_and_port_may_listen(origin, host):
    assert allowed(origin, host)


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("", "bar.local"),
        ("null", "bar.local"),
        ("http://evil.example", "bar.local"),
        ("http://bar.local:9000", "bar.local:8000"),
        ("http://bar.local.evil.example", "bar.local"),
        ("file:///etc", "bar.local"),
        ("http://bar.local:port", "bar.local"),
        ("http://[bar", "[bar"),
        ("http://bar.local", ""),
    ],
)
def test_pages_of_anywhere_else_may_not(origin, host):
    assert not allowed(origin, host)


def test_behind_a_proxy_that_renames_the_host_pages_of_the_public_address_may(bar):
    bar.PUBLIC_URL = "https://coffee.example.org"
    assert allowed("https://coffee.example.org", "127.0.0.1:8000")
    assert not allowed("http://coffee.example.org", "127.0.0.1:8000")


@pytest.mark.parametrize(
    ("origin", "host", "welcome"),
    [
        ("https://coffee.example.org", "coffee.example.org", True),
        ("http://coffee.example.org", "coffee.example.org", False),
        ("https://coffee.example.org:8443", "coffee.example.org:8443", False),
        ("https://other.example.org", "other.example.org", False),
        ("http://192.168.7.20:8000", "192.168.7.20:8000", False),
        ("http://localhost:8000", "localhost:8000", True),
        ("http://127.0.0.1:8000", "127.0.0.1:8000", True),
        ("http://[::1]:8000", "[::1]:8000", True),
        ("https://localhost:8000", "localhost:8000", False),
        ("http://localhost:9000", "localhost:8000", False),
        ("http://localhost.evil.example", "localhost.evil.example", False),
    ],
)
def test_with_a_public_address_pages_of_it_and_of_this_machine_may(bar, origin, host, welcome):
    bar.PUBLIC_URL = "https://coffee.example.org"
    assert allowed(origin, host) is welcome


def test_a_host_that_is_not_ours_may_not_even_to_itself(bar):
    bar.ALLOWED_HOSTS = ["coffee.example.org"]
    assert not allowed("http://evil.example", "evil.example")


@pytest.mark.parametrize(
    ("origin", "welcome"), [(b"http://bar", True), (b"http://evil", False), (None, False)]
)
async def test_a_foreign_page_is_refused_before_the_socket_opens(origin, welcome):
    async def application(scope, receive, send):
        await send({"type": "websocket.accept"})

    headers = [(b"host", b"bar")] + ([(b"origin", origin)] if origin else [])
    socket = WebsocketCommunicator(SameOrigin(application), "/ws/", headers=headers)
    connected, _ = await socket.connect()
    assert connected is welcome
