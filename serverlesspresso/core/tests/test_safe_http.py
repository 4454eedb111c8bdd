"""What somebody types an address for is sent to that address, and to nothing inside."""

import datetime as dt
import socket
import threading
import time
from email.utils import format_datetime

import pytest

from serverlesspresso.core import clock, destinations, safe_http


def answers(*addresses, port=443):
    """A name server that knows these addresses for every name."""
    found = [
        (
            socket.AF_INET6 if ":" in each else socket.AF_INET,
            socket.SOCK_STREAM,
            6,
            "",
            (each, port, 0, 0) if ":" in each else (each, port),
        )
        for each in addresses
    ]
    return lambda *args, **kwargs: found


@pytest.fixture
def listener():
    with socket.create_server(("127.0.0.1", 0)) as found:
        yield found.getsockname()[1]


# -- addresses that are closed -----------------------------------------------------------------------

INSIDE_FOR_ALL = [
    "127.0.0.1", "127.8.8.8", "0.0.0.0", "169.254.169.254", "224.0.0.1", "255.255.255.255", "240.0.0.1",
    "::1", "::", "fe80::1", "ff02::1", "fec0::1", "::ffff:127.0.0.1", "::127.0.0.1", "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::8.8.8.8", "2002:7f00:1::",
    "2001:db8::5efe:127.0.0.1",
    "2600::5efe:169.254.169.254", "2600::200:5efe:127.0.0.1", "fe80::1%eth0",
]  # fmt: skip
INSIDE = ["10.1.2.3", "172.16.0.9", "192.168.1.50", "100.64.0.1", "fd00::1", "64:ff9b::10.0.0.1",
          "::ffff:192.168.0.1", "2002:a00:1::", "2600::5efe:10.0.0.1"]  # fmt: skip
OUTSIDE = ["93.184.216.34", "2606:2800:220:1::1", "64:ff9b::93.184.216.34", "::ffff:93.184.216.34"]


@pytest.mark.parametrize("address", INSIDE_FOR_ALL + INSIDE)
def test_an_address_inside_is_closed_to_webhooks_and_push(address):
    assert destinations.is_closed(address, 443, printer=False)


@pytest.mark.parametrize("address", INSIDE_FOR_ALL)
def test_an_address_of_this_machine_or_of_no_network_is_closed_to_printers(address):
    assert destinations.is_closed(address, 9100, printer=True)


@pytest.mark.parametrize("address", ["10.1.2.3", "172.16.0.9", "192.168.1.50", "100.64.0.1", "fd00::1"])
def test_an_address_in_a_network_of_ones_own_is_open_to_printers(address):
    assert not destinations.is_closed(address, 9100, printer=True)


@pytest.mark.parametrize("address", OUTSIDE)
def test_an_address_outside_is_open(address):
    assert not destinations.is_closed(address, 443, printer=False)


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "LOCALHOST.", "bar.localhost", "127.1", "2130706433", "0x7f000001",
     "0177.0.0.1",
     "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "169.254.1.1", "0"],
)  # fmt: skip
@pytest.mark.parametrize("printer", [True, False])
def test_a_host_that_is_this_machine_is_refused_however_it_is_written(host, printer):
    assert destinations.is_refused(host, 9100, printer=printer)


@pytest.mark.parametrize(
    ("port", "refused"), [(9099, True), (9100, False), (9109, False), (9110, True), (6379, True)]
)
def test_a_printer_is_on_a_port_of_printers(port, refused):
    assert destinations.is_refused("192.168.1.50", port, printer=True) is refused


def test_a_setting_lets_a_host_through_on_any_port(settings):
    settings.PRIVATE_HOSTS = ["Till.example"]
    assert not destinations.is_refused("till.example", 6379, printer=True)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REDIS_URL", "redis://:secret@10.9.8.7:6380/0"),
        ("REDIS_URL", "redis+sentinel://:secret@10.1.1.1,10.9.8.7:26379/bar/0"),
        ("CELERY_BROKER_URL", "amqp://bar:secret@10.9.8.7//"),
        ("EMAIL_HOST", "10.9.8.7"),
        ("DATABASES", {"default": {"HOST": "10.1.1.1,10.9.8.7", "PORT": ""}}),
    ],
)
def test_a_server_of_the_bar_itself_is_no_printer(settings, name, value):
    with settings_of(settings, name, value):
        assert destinations.is_refused("10.9.8.7", 9100, printer=True)
        assert not destinations.is_refused("10.9.8.6", 9100, printer=True)


def settings_of(settings, name, value):
    from unittest.mock import patch

    return patch.object(destinations, "settings", _Told(settings, {name: value}))


class _Told:
    """The settings, but for one."""

    def __init__(self, settings, changed):
        self._settings, self._changed = settings, changed

    def __getattr__(self, name):
        return self._changed[name] if name in self._changed else getattr(self._settings, name)


def test_a_server_of_the_bar_itself_is_known_by_its_address_too(settings, monkeypatch):
    monkeypatch.setattr(destinations.socket, "getaddrinfo", answers("10.9.8.7"))
    with settings_of(settings, "REDIS_URL", "redis://redis:6379/0"):
        assert destinations.is_closed("10.9.8.7", 9100, printer=True)
        assert not destinations.is_closed("10.9.8.6", 9100, printer=True)


def test_a_web_server_beside_the_mail_server_is_told_and_the_mail_server_is_not(settings, monkeypatch):
    monkeypatch.setattr(destinations.socket, "getaddrinfo", answers("93.184.216.34"))
    with settings_of(settings, "EMAIL_HOST", "mail.example.org"):
        assert not destinations.is_closed("93.184.216.34", 443, printer=False)
        assert destinations.is_closed("93.184.216.34", settings.EMAIL_PORT, printer=False)


# -- connecting --------------------------------------------------------------------------------------


def test_a_connection_goes_to_the_next_address_when_the_first_takes_none(settings, listener, monkeypatch):
    settings.PRIVATE_HOSTS = ["receiver.test"]
    monkeypatch.setattr(safe_http.socket, "getaddrinfo", answers("::1", "127.0.0.1", port=listener))
    with safe_http.connect("receiver.test", listener) as line:
        assert line.getpeername()[0] == "127.0.0.1"


def test_a_connection_gives_each_address_its_share_of_the_time(settings, monkeypatch):
    settings.PRIVATE_HOSTS = ["receiver.test"]
    shares = []

    class Silent:
        def __init__(self, *args):
            self.share = 0.0

        def settimeout(self, seconds):
            self.share = seconds

        def connect(self, address):
            shares.append(self.share)
            raise TimeoutError

        def close(self):
            pass

    monkeypatch.setattr(safe_http.socket, "getaddrinfo", answers("2606::1", "93.184.216.34"))
    monkeypatch.setattr(safe_http.socket, "socket", Silent)
    with pytest.raises(safe_http.Unreachable):
        safe_http.connect("receiver.test", 443, seconds=4)
    assert shares == [pytest.approx(2, abs=0.5), pytest.approx(4, abs=0.5)]


def test_a_connection_is_refused_when_one_address_of_the_name_is_inside(monkeypatch):
    monkeypatch.setattr(safe_http.socket, "getaddrinfo", answers("93.184.216.34", "10.0.0.1"))
    with pytest.raises(safe_http.Unusable):
        safe_http.connect("example.org", 443)


def test_a_connection_of_a_printer_to_a_name_for_this_machine_is_refused(monkeypatch):
    monkeypatch.setattr(safe_http.socket, "getaddrinfo", answers("127.0.0.1", port=9100))
    with pytest.raises(safe_http.Unusable):
        safe_http.connect("till.example", 9100, printer=True)


def test_a_connection_that_fails_does_not_say_why(settings, monkeypatch):
    settings.PRIVATE_HOSTS = ["127.0.0.1", "no.invalid"]
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    said = []
    for host in ("127.0.0.1", "no.invalid"):
        with pytest.raises(safe_http.Unreachable) as caught:
            safe_http.connect(host, port)
        said.append(str(caught.value).replace(host, "it"))
    assert said == ["it could not be reached."] * 2


def test_a_handshake_that_never_ends_is_given_up(settings, listener):
    settings.PRIVATE_HOSTS = ["127.0.0.1"]
    began = time.monotonic()
    with pytest.raises(safe_http.Unreachable):
        safe_http.connect("127.0.0.1", listener, secure=True, seconds=0.5)
    assert time.monotonic() - began < 10


def test_a_server_that_says_a_word_now_and_then_is_given_up(settings, monkeypatch):
    settings.PRIVATE_HOSTS = ["127.0.0.1"]
    monkeypatch.setattr(safe_http, "TOTAL_S", 1)
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip():
            line, _address = server.accept()
            with line:
                try:
                    while not over.wait(0.1):
                        line.sendall(b"H")
                except OSError:
                    pass

        threading.Thread(target=drip, daemon=True).start()
        try:
            with pytest.raises((OSError, safe_http.http.client.HTTPException)):
                safe_http.post(f"http://127.0.0.1:{server.getsockname()[1]}/", b"{}", {})
        finally:
            over.set()


# -- Retry-After -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("12", 12), (" 12 ", 12), ("Tue, 01 Dec 2026 12:00:25 GMT", 25),
        ("Tuesday, 01-Dec-26 12:00:25 GMT", 25),
        ("Tue Dec  1 12:00:25 2026", 25), ("Tue, 01 Dec 2026 11:00:00 GMT", 0),
        ("Fri, 01 Dec 2028 12:00:00 GMT", 86_400), ("99999999999999", 86_400),
        ("soon", 0), ("-5", 0), ("", 0),
        (None, 0),
    ],
)  # fmt: skip
def test_retry_after_is_read_in_either_form(text, seconds):
    """A moment is one of the receiver's clock, which says in Date what time it is there."""
    assert safe_http._wait(text, "Tue, 01 Dec 2026 12:00:00 GMT") == seconds


@pytest.mark.django_db
def test_retry_after_of_a_receiver_without_a_clock_is_read_by_ours():
    then = format_datetime(clock.now() + dt.timedelta(seconds=60), usegmt=False)
    assert 50 < safe_http._wait(then, None) <= 60
