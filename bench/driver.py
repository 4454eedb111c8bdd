"""Customers and baristas over the JSON API, well and badly behaved, who write down all they did and heard."""

import http.client
import itertools
import json
import random
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field

ANSWER_S = 10
"""No answer for so long is a hang."""
PATIENCE_S = 60
"""For so long a client repeats a call whose outcome it does not know."""


@dataclass
class Call:
    """One act of somebody: `ok`, `fail` (refused, with its code), or `info` (nobody knows)."""

    who: str
    act: str
    order: str | None
    key: str
    began: float
    ended: float = 0.0
    outcome: str = "info"
    code: str = ""
    tries: int = 0
    answer: dict = field(default_factory=dict)
    replayed: bool = False


@dataclass
class History:
    """What all clients saw. Lists only grow, so threads may write without a lock."""

    calls: list[Call] = field(default_factory=list)
    bodies: list[tuple[str, bytes]] = field(default_factory=list)
    slow: list[tuple[float, str]] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)
    busy: list[float] = field(default_factory=list)


class Client(threading.local):
    """A connection per thread."""

    connection: http.client.HTTPConnection | None = None


class Api:
    """The bar as programs reach it."""

    def __init__(self, port: int, history: History):
        self.port, self.history, self.client = port, history, Client()
        self.keys = itertools.count(1)

    def send(self, token: str, method: str, path: str, body=None, key: str = "") -> tuple[int, bytes, bool]:
        """One try: status (0 when nobody answered), body, and whether it is a replay."""
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        headers |= {"Idempotency-Key": key} if key else {}
        began = time.monotonic()
        try:
            if self.client.connection is None:
                self.client.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=ANSWER_S)
            self.client.connection.request(method, f"/api/v1/{path}", json.dumps(body or {}), headers)
            response = self.client.connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException) as error:
            if isinstance(error, TimeoutError):
                self.history.slow.append((time.monotonic() - began, f"{method} {path}"))
            self.client.connection.close()
            self.client.connection = None
            return 0, b"", False
        self._note(response, content, time.monotonic() - began, f"{method} {path}")
        return response.status, content, response.headers.get("Idempotent-Replayed") == "true"

    def _note(self, response, content: bytes, took: float, what: str) -> None:
        history = self.history
        history.statuses[response.status] = history.statuses.get(response.status, 0) + 1
        if took > 5:
            history.slow.append((took, what))
        if response.status == 503:
            history.busy.append(took)
            if "Retry-After" not in response.headers:
                history.broken.append(f"503 without Retry-After: {what}")
        elif response.status >= 500:
            history.broken.append(f"{response.status} for {what}: {content[:200]!r}")

    def get(self, token: str, path: str) -> dict:
        """What is there, asked until somebody answers; {} after a minute or a refusal."""
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            status, content, _ = self.send(token, "GET", path)
            if 200 <= status < 500:
                return json.loads(content) if status < 300 else {}
            time.sleep(0.2)
        return {}

    def call(self, who: str, act: str, path: str, body=None, *, order=None, method="POST") -> Call:
        """Do something once, however often it must be sent: same key, until the outcome is known."""
        call = Call(who, act, order, f"k{next(self.keys)}", time.monotonic())
        self.history.calls.append(call)
        until = call.began + PATIENCE_S
        while time.monotonic() < until:
            call.tries += 1
            status, content, call.replayed = self.send(who, method, path, body, call.key)
            if 200 <= status < 500:
                call.answer = json.loads(content)
                call.outcome = "ok" if status < 300 else "fail"
                call.code = call.answer.get("code", "")
                if status < 300:
                    self.history.bodies.append((call.key, content))
                break
            time.sleep(min(0.1 * call.tries, 1))
        call.ended = time.monotonic()
        return call

    def again(self, call: Call, path: str, body=None, method="POST") -> None:
        """Send a call that succeeded once more, as a stuttering client does: it must get the same answer."""
        status, content, replayed = self.send(call.who, method, path, body, call.key)
        if 200 <= status < 300:
            self.history.bodies.append((call.key, content))
            if not replayed:
                self.history.broken.append(f"{call.act} {call.order} was not recognised as a repetition")


class Crowd:
    """Everybody at the bars: customers who come once each, baristas who work until told to stop."""

    def __init__(self, api: Api, stores: list[str], tokens: dict[str, list[str]], seed: int):
        self.api, self.stores, self.tokens, self.seed = api, stores, tokens, seed
        self.coming = itertools.count()
        self.placed = itertools.count(1)
        self.closing, self.stop = threading.Event(), threading.Event()
        self.known: dict[str, list[str]] = {store: [] for store in stores}

    def customers(self, number: int, upto: int) -> None:
        """One thread: customers one after the other, until enough orders were tried."""
        while not self.closing.is_set():
            n = next(self.coming)
            if n >= upto:
                return
            with suppress(KeyError):  # an answer that never came has no members
                self._customer(n, random.Random(self.seed * 1_000_003 + n))  # noqa: S311

    def _customer(self, n: int, dice: random.Random) -> None:
        store, token = self.stores[n % len(self.stores)], self.tokens["customer"][n]
        for _ in range(40):
            code = self.api.get(self.tokens[f"display-{store}"][0], f"stores/{store}/code").get("token", "")
            call = self.api.call(token, "scan", f"stores/{store}/orders", {"token": code})
            if call.outcome != "fail" or call.code not in ("queue_full", "code_used_up", "store_paused"):
                break
            time.sleep(dice.uniform(0.3, 1.5))
        if call.outcome == "fail":
            return
        if call.outcome == "info":  # the customer looks what became of it
            mine = self.api.get(token, "orders").get("items", [])
            if not mine:
                return
            call.answer = mine[0]
        next(self.placed)
        self._order(store, token, call.answer["id"], dice)

    def _order(self, store: str, token: str, order: str, dice: random.Random) -> None:
        self.known[store].append(order)
        mood = dice.random()
        if mood < 0.04:
            return  # scans, and puts the phone away
        if mood < 0.07:
            self.api.call(token, "withdraw", f"orders/{order}/cancel", order=order)
            return
        if mood < 0.10:
            self.api.call(token, "extend", f"orders/{order}/extend", order=order)
        if mood < 0.13:
            self.api.call(token, "scan", f"stores/{store}/orders", {"token": "x" * 22})
        drink = {"drink": dice.choice(["Americano", "Single Espresso"]), "modifiers": []}
        path = f"orders/{order}"
        call = self.api.call(token, "submit", path, drink, order=order, method="PUT")
        if mood < 0.25 and call.outcome == "ok":
            self.api.again(call, path, drink, "PUT")
        if mood > 0.95 and call.outcome == "ok":
            drink = drink | {"drink": "Double Espresso"}
            self.api.call(token, "swap", path, drink, order=order, method="PUT")
        if mood > 0.90:
            self.api.call(token, "withdraw", f"orders/{order}/cancel", order=order)
        if 0.80 < mood < 0.90:
            time.sleep(dice.uniform(1, 4))
            self.api.call(token, "collect", f"orders/{order}/collect", order=order)

    def barista(self, number: int, store: str) -> None:
        """One thread: claims what waits longest, against colleagues, and makes mistakes."""
        token = self.tokens[f"barista-{store}"][number]
        dice = random.Random(self.seed * 7 + number)  # noqa: S311
        while not self.stop.is_set():
            found = self.api.get(token, f"stores/{store}/orders?status=queued,making,ready&limit=12")
            for order in found.get("items", []):
                if not self.stop.is_set() and dice.random() < 0.6:
                    self._serve(token, order, dice)
            time.sleep(0.3)

    def _serve(self, token: str, order: dict, dice: random.Random) -> None:
        luck = dice.random()
        usual = {"queued": "make", "making": "complete", "ready": "collect"}[order["status"]]
        act = usual if luck < 0.88 else dice.choice(["make", "unmake", "complete", "recall", "collect"])
        act = "cancel" if luck > 0.985 else act
        if order["status"] == "ready" and luck < 0.3:
            return
        body = {"take_over": luck < 0.1} if act == "make" else {"reason": "other"} if act == "cancel" else {}
        path = f"orders/{order['id']}/{act}"
        call = self.api.call(token, act, path, body, order=order["id"])
        if luck < 0.08 and call.outcome == "ok":
            self.api.again(call, path, body)
        if luck < 0.02:
            drink = {"drink": "Americano", "modifiers": []}
            self.api.call(token, "walk-up", f"stores/{order['store']}/walk-ups", drink)

    def manager(self, store: str) -> None:
        """One thread: pauses now and then, and the bar goes on."""
        [token] = self.tokens[f"manager-{store}"]
        while not self.stop.wait(15):
            for paused in (True, False):
                self.api.call(token, "pause", f"stores/{store}/status", {"paused": paused}, method="PUT")
                self.stop.wait(1)
        self.api.call(token, "pause", f"stores/{store}/status", {"paused": False}, method="PUT")
