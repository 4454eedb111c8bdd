"""Journeys: scan, submit, claim, complete, collect; through the JSON API, through the pages, and bare.

A customer's drink is claimed once the store's tablet shows it, as in a bar: so chains, events and live
screens are part of what is measured.
"""

import asyncio
import itertools
import json
import re
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlencode

from .figures import percentile
from .stand import Crowd, Stand
from .wire import Http, Phone, connect_all

STEPS = ("scan", "submit", "make", "complete", "collect")
_WAITS = re.compile(rb'id="o-([\w-]+)"[^>]*data-status="queued"')
_FORM = "Content-Type: application/x-www-form-urlencoded"
_HTMX = "HX-Request: true"
_CSRF = "a" * 32
SEEN_S = 20
"""A tablet that does not show a drink by then is broken."""


class Unexpected(Exception):
    """An answer that no journey should get."""


class Tablets:
    """The walls and tablets of all stores, listening; who waits for a drink to appear on one is woken."""

    def __init__(self, stand: Stand, crowd: Crowd):
        self.seen: dict[str, asyncio.Future] = {}
        self.frames = self.bytes = 0
        self.phones = [
            Phone(
                stand.url,
                path.format(store),
                self._heard,
                {"sessionid": crowd.sessions[f"{role}-{store}"][0]},
            )
            for store in crowd.stores
            for role, path in (("barista", "/ws/barista/{}/"), ("display", "/ws/display/{}/"))
        ]

    def _heard(self, frame: bytes) -> None:
        self.frames += 1
        self.bytes += len(frame)
        for found in _WAITS.findall(frame):
            order = self.seen.get(found.decode())
            if order and not order.done():
                order.set_result(None)

    def wait(self, order: str) -> asyncio.Future:
        """Done when a tablet shows the order. Ask before sending what makes it appear."""
        return self.seen.setdefault(order, asyncio.get_running_loop().create_future())

    async def open(self) -> None:
        """Switch them on."""
        await connect_all(self.phones)

    def close(self) -> None:
        """Switch them off."""
        for phone in self.phones:
            phone.close()


class ApiWay:
    """Through the JSON API: one POST or PUT a step."""

    def __init__(self, stand: Stand, crowd: Crowd, tablets: Tablets | None, *, pause_s: float = 0):
        self.stand, self.crowd, self.tablets, self.pause_s = stand, crowd, tablets, pause_s
        self.people = itertools.cycle(crowd.customers[len(crowd.sessions.get("customers", ())) :])
        self.staff = {store: itertools.cycle(tokens) for store, tokens in crowd.baristas.items()}

    async def steps(self, http: Http, store: str):
        """Each step's awaitable in turn; the consumer times it."""
        me = f"Authorization: Bearer {next(self.people)}"
        bob = f"Authorization: Bearer {next(self.staff[store])}"
        sent = json.dumps({"token": self.crowd.codes[store]}).encode()
        answer = yield http.json("POST", f"/api/v1/stores/{store}/orders", sent, me)
        order = json.loads(_fine(answer).body)["id"]
        seen = self.tablets.wait(order) if self.tablets else None
        await asyncio.sleep(self.pause_s)
        drink = b'{"drink": "Americano", "modifiers": []}'
        _fine((yield http.json("PUT", f"/api/v1/orders/{order}", drink, me)))
        if seen:
            await asyncio.wait_for(seen, SEEN_S)
        await asyncio.sleep(self.pause_s)
        for act in STEPS[2:]:
            _fine((yield http.json("POST", f"/api/v1/orders/{order}/{act}", b"{}", bob)))


class PageWay:
    """By what the browsers of phone and tablet send; scripts and styles are cached. The scan's
    answer leads the phone to its order's page, which is part of the step."""

    def __init__(self, stand: Stand, crowd: Crowd, tablets: Tablets | None):
        self.stand, self.crowd, self.tablets = stand, crowd, tablets
        sessions = crowd.sessions["customers"]
        self.people = itertools.cycle(sessions[: len(sessions) // 2])

    async def steps(self, http: Http, store: str):
        """As `ApiWay.steps`."""
        me = {"sessionid": next(self.people), "csrftoken": _CSRF}
        bob = {"sessionid": self.crowd.sessions[f"barista-{store}"][0], "csrftoken": _CSRF}
        token = (f"X-CSRFToken: {_CSRF}", _FORM)
        http.cookies = dict(me)
        answer = yield self._scan(http, store, token)
        order = answer.location.split("/")[2]
        seen = self.tablets.wait(order) if self.tablets else None
        sent = urlencode({"drink": "Americano", "seen": "choosing"}).encode()
        _fine((yield http.send("POST", f"/orders/{order}/submit/", sent, *token, _HTMX)))
        if seen:
            await asyncio.wait_for(seen, SEEN_S)
        http.cookies = dict(bob)
        for act in STEPS[2:]:
            path = f"/barista/{store}/orders/{order}/{act}/"
            _fine((yield http.send("POST", path, b"", *token, _HTMX)))

    async def _scan(self, http: Http, store: str, token: tuple[str, ...]):
        answer = await http.send("POST", f"/q/{self.crowd.codes[store]}", b"", *token)
        if answer.status != 302 or not answer.location.startswith("/orders/"):
            raise Unexpected(f"scan: {answer.status} {answer.location}")
        page = await http.send("GET", answer.location)
        if "Order" not in page.body.decode():  # still between two steps: the page's socket would say when
            page = await http.send("GET", answer.location)
        _fine(page)
        return answer


class BareWay:
    """The same five POSTs to the bare limit."""

    def __init__(self, stand: Stand, crowd: Crowd, tablets: None = None):
        self.crowd = crowd

    async def steps(self, http: Http, store: str):
        """As `ApiWay.steps`."""
        sent = json.dumps({"token": self.crowd.codes[store]}).encode()
        order = json.loads(_fine((yield http.json("POST", f"/stores/{store}/orders", sent))).body)["id"]
        drink = json.dumps({"store": store, "drink": "Americano"}).encode()
        _fine((yield http.json("POST", f"/orders/{order}", drink)))
        for act in STEPS[2:]:
            _fine((yield http.json("POST", f"/orders/{order}/{act}", b"{}")))


def _fine(answer):
    if answer.status >= 300:
        raise Unexpected(f"{answer.status} {answer.body[:200]!r}")
    return answer


@dataclass
class Load:
    """What a load did: seconds by step, journeys, failures, how long it ran."""

    took: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    failed: list[str] = field(default_factory=list)
    seconds: float = 0.0
    cpu: float = 0.0

    @property
    def rate(self) -> float:
        """Journeys that were finished, a second."""
        return len(self.took["journey"]) / self.seconds

    def p(self, share: float, *steps: str) -> float:
        """A percentile over all clicks of these steps (all steps when none are named), in ms."""
        return percentile((s for step in steps or STEPS for s in self.took[step]), share) * 1000


async def _journey(way, http: Http, store: str, load: Load) -> None:
    first = time.perf_counter()
    steps = way.steps(http, store)
    names, answer = iter(STEPS), None
    with suppress(StopAsyncIteration):
        while True:
            waiting = await steps.asend(answer)
            began = time.perf_counter()
            answer = await waiting
            load.took[next(names)].append(time.perf_counter() - began)
    load.took["journey"].append(time.perf_counter() - first)


async def _one(way, http: Http, store: str, load: Load) -> None:
    try:
        await _journey(way, http, store, load)
    except (OSError, asyncio.IncompleteReadError, TimeoutError, Unexpected, ValueError) as error:
        load.failed.append(repr(error)[:200])
        http.close()


async def closed(way, url: str, stores: list[str], seconds: float, users: int = 32) -> Load:
    """As many journeys as the server gives: each of so many users begins the next when one is over."""
    load, turn = Load(), itertools.cycle(stores)
    began = time.perf_counter()

    async def loop() -> None:
        http = Http(url)
        while time.perf_counter() < began + seconds:
            await _one(way, http, next(turn), load)
        http.close()

    await asyncio.gather(*(loop() for _ in range(users)))
    load.seconds = time.perf_counter() - began
    return load


async def steady(way, url: str, stores: list[str], seconds: float, rate: float) -> Load:
    """Journeys that begin at a fixed rate, however long each takes."""
    load, turn = Load(), itertools.cycle(stores)
    idle: list[Http] = []

    async def arrive() -> None:
        http = idle.pop() if idle else Http(url)
        await _one(way, http, next(turn), load)
        idle.append(http)

    coming, began = [], time.perf_counter()
    for moment in _moments(began, rate, seconds):
        await asyncio.sleep(max(moment - time.perf_counter(), 0))
        coming.append(asyncio.create_task(arrive()))
    await asyncio.gather(*coming)
    load.seconds = time.perf_counter() - began
    for http in idle:
        http.close()
    return load


def _moments(began: float, rate: float, seconds: float) -> Iterator[float]:
    return (began + n / rate for n in range(int(rate * seconds)))
