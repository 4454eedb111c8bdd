"""Where the bar sends nothing, whoever typed the address: one guard for webhooks, push and printers.

A name's addresses are checked when the connection is made, and it goes to those that were checked: a name
that changes its mind in between gains nothing. Hosts in the setting PRIVATE_HOSTS are let through.
"""

import ipaddress
import socket
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import lru_cache
from urllib.parse import urlsplit

from django.conf import settings

PRINTER_PORTS = range(9100, 9110)
"""Where network printers take raw data ("JetDirect")."""

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_IN_FOUR = [
    ipaddress.ip_network(each) for each in ("::/96", "::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96")
]
"""Their last 32 bits are an IPv4 address, to which something on the way translates them."""
_NETWORK = [
    ipaddress.ip_network(each)
    for each in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
]
_INSIDE = [ipaddress.ip_network(each) for each in ("64:ff9b:1::/48", "fec0::/10")]
"""Where somebody's own translator or network is, though Python takes them for public."""
_LOOK_UP_S, _KEPT_S = 1, 300


def is_let_through(host: str) -> bool:
    """Whether PRIVATE_HOSTS names it: any address and any port, and plain http."""
    return host.lower() in {name.lower() for name in settings.PRIVATE_HOSTS}


def is_refused(host: str, port: int, *, printer: bool) -> bool:
    """Whether nothing may be sent to that host as it is written. Looks no name up."""
    if is_let_through(host):
        return False
    if printer and port not in PRINTER_PORTS:
        return True
    name = host.lower().rstrip(".")
    if name == "localhost" or name.endswith(".localhost") or _is_ours(name, _own_hosts(), port, printer):
        return True
    try:  # 127.1, 2130706433 and 0x7f000001 are addresses too
        written = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        return False
    return any(is_closed(str(each[4][0]), port, printer=printer) for each in written)


def is_closed(address: str, port: int, *, printer: bool) -> bool:
    """Whether nothing may be sent to that address. For printers, a network of one's own is open, but for this
    machine and the bar's own servers."""
    found = ipaddress.ip_address(address.split("%", maxsplit=1)[0])
    meant = list(_meant(found))
    if not all(_is_public(each) or (printer and _is_in(each, _NETWORK)) for each in meant):
        return True
    return any(
        _is_ours(str(each), _own_addresses(), port, printer) or (printer and _is_here(each)) for each in meant
    )


def _meant(address: _Address) -> Iterator[_Address]:
    """The address, and those it leads to by translation or through a tunnel."""
    if isinstance(address, ipaddress.IPv6Address):
        last = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
        if _is_in(address, _IN_FOUR):
            yield last
            return
        if int(address) >> 32 & 0xFDFF_FFFF == 0x5EFE:  # ISATAP
            yield last
        yield from filter(None, (address.sixtofour, *(address.teredo or ())))
    yield address


def _is_public(address: _Address) -> bool:
    odd = address.is_multicast or address.is_reserved or _is_in(address, _INSIDE)
    return address.is_global and not odd


def _is_in(address: _Address, networks: list) -> bool:
    return any(address in each for each in networks)


def _is_here(address: _Address) -> bool:
    """Whether it is this machine's: only one's own can be listened on."""
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_STREAM) as trial:
            trial.bind((str(address), 0))
    except OSError:
        return False
    return True


def _is_ours(name: str, ours: Mapping[str, set[int]], port: int, printer: bool) -> bool:
    """A web server may share a machine with the bar's database, and not its port; a printer does not."""
    return name in ours and (printer or port in ours[name])


def _own_hosts() -> Mapping[str, set[int]]:
    """The bar's own servers as its settings name them (database, Redis, broker, mail), and their ports."""
    found = defaultdict(set)
    database = settings.DATABASES["default"]
    for host in str(database.get("HOST", "")).split(","):
        found[host.lower()].add(int(str(database.get("PORT") or 5432).split(",", maxsplit=1)[0]))
    for url in (settings.REDIS_URL, settings.CELERY_BROKER_URL):
        for each in urlsplit(url or "").netloc.rpartition("@")[2].split(","):
            one = urlsplit(f"//{each}")
            found[one.hostname or ""].add(one.port or 6379)
    found[(settings.EMAIL_HOST or "").lower()].add(settings.EMAIL_PORT)
    return {host: ports for host, ports in found.items() if host and not host.startswith("/")}


def _own_addresses() -> Mapping[str, set[int]]:
    hosts = tuple((host, tuple(ports)) for host, ports in sorted(_own_hosts().items()))
    return _looked_up(hosts, int(time.monotonic() // _KEPT_S))


@lru_cache(maxsize=1)
def _looked_up(hosts: tuple[tuple[str, tuple[int, ...]], ...], _moment: int) -> Mapping[str, set[int]]:
    """A name server that is away must not make a ticket late: what takes it over a second is missed."""
    found: dict[str, set[int]] = defaultdict(set)

    def look_up(host: str, ports: tuple[int, ...]) -> None:
        try:
            for each in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM):
                found[str(each[4][0])].update(ports)
        except (OSError, UnicodeError):
            pass  # nor can the bar reach it

    threads = [threading.Thread(target=look_up, args=each, daemon=True) for each in hosts]
    for thread in threads:
        thread.start()
    until = time.monotonic() + _LOOK_UP_S
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))
    return found
