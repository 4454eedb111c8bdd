import socket

import pytest

from serverlesspresso.core import urls


@pytest.fixture
def card(monkeypatch):
    """Decide what the network card says: an address, or that there is no way out."""

    def choose(answer):
        class Probe(socket.socket):
            def connect(self, _):
                if isinstance(answer, Exception):
                    raise answer

            def getsockname(self):
                return answer, 0

        monkeypatch.setattr(urls.socket, "socket", Probe)

    return choose


def test_without_public_url_links_carry_the_machines_network_address(settings, card):
    settings.PUBLIC_URL, settings.PORT = "", 8000
    card("192.168.7.20")
    assert urls.absolute_url("/q/abc") == "http://192.168.7.20:8000/q/abc"


@pytest.mark.parametrize(
    ("host", "base"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("10.1.2.3", "http://10.1.2.3:8000"),
        ("::1", "http://[::1]:8000"),
        ("::", "http://192.168.7.20:8000"),
    ],
)
def test_a_bar_that_listens_on_one_address_links_to_no_other(settings, card, host, base):
    settings.PUBLIC_URL, settings.PORT, settings.HOST = "", 8000, host
    card("192.168.7.20")
    assert urls.base_url() == base


def test_who_starts_it_is_told_the_address_it_listens_on(settings):
    settings.PUBLIC_URL, settings.PORT, settings.HOST = "https://coffee.example.org", 8000, "127.0.0.1"
    assert urls.local_url() == "http://127.0.0.1:8000"
    settings.HOST = "0.0.0.0"
    assert urls.local_url() == "http://localhost:8000"


def test_public_url_wins(settings):
    settings.PUBLIC_URL = "https://coffee.example.org"
    assert urls.absolute_url("/s/ABC/") == "https://coffee.example.org/s/ABC/"


def test_a_router_without_another_network_still_gives_the_machines_own_address(card, monkeypatch):
    card(OSError("Network is unreachable"))
    monkeypatch.setattr(urls.socket, "gethostbyname", lambda _: "10.0.0.5")
    assert urls.lan_address() == "10.0.0.5"


def test_without_any_network_it_is_localhost(card, monkeypatch):
    card(OSError("Network is unreachable"))
    monkeypatch.setattr(urls.socket, "gethostbyname", lambda _: "127.0.1.1")
    assert urls.lan_address() == "localhost"


def test_a_host_name_nobody_knows_is_no_error(card, monkeypatch):
    def unknown(_):
        raise socket.gaierror("Name or service not known")

    card(OSError("Network is unreachable"))
    monkeypatch.setattr(urls.socket, "gethostbyname", unknown)
    assert urls.lan_address() == "localhost"


def test_a_laptop_that_changes_networks_gets_its_new_address(settings, card):
    settings.PUBLIC_URL = ""
    card("192.168.7.20")
    before = urls.base_url()
    card("10.1.2.3")
    assert before != urls.base_url()
