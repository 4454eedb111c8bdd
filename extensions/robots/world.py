"""What all robots of a run share: the bar, the clock they live by, and the code on the wall."""

import datetime as dt
import random
import threading
import time
import uuid
from collections.abc import Generator
from dataclasses import dataclass, field

from .client import Answer, Api
from .report import Report

OVER = ("collected", "cancelled", "timed_out", "rejected")
_CODE_S = 1.0
"""How often the wall is looked at again, in seconds."""


@dataclass
class World:
    """`pace` says how many times faster than people robots live: at 60, their hour is a minute."""

    api: Api
    store: str
    account: Report
    pace: float
    dice: random.Random
    screen: str
    """The token with which the wall's code is read."""
    stopped: threading.Event = field(default_factory=threading.Event)
    served: threading.Event = field(default_factory=threading.Event)
    """All customers are done: the baristas may go home."""
    _code: tuple[float, str] = (0.0, "")
    _menu: tuple[float, list[dict]] = (0.0, [])
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def rest(self, minutes: float, at_least: float = 0.05) -> float:
        """A robot's minutes, in real seconds."""
        return max(minutes * 60 / self.pace, at_least)

    def likely(self, share: float) -> bool:
        """True with this probability."""
        return self.dice.random() < share

    def look(self, path: str, token: str) -> Answer:
        """Read something; refusals are recorded."""
        return self._noted(self.api.call("GET", path, token), f"GET {path}")

    def change(
        self, method: str, path: str, token: str, body=None, *, lost: bool = False
    ) -> Generator[float, None, Answer]:
        """Change something, with an idempotency key. `lost`: the first answer never arrives, so it is sent
        again."""
        key = uuid.uuid4().hex
        if lost:
            self.api.call(method, path, token, body, key=key, lose=True)
            yield self.rest(0.2)
        answer = self.api.call(method, path, token, body, key=key)
        if lost and answer.ok:
            self.account.did(
                "lost signal, " + ("heard twice" if answer.replayed else "not heard the first time")
            )
        return self._noted(answer, f"{method} {path}")

    def code(self) -> str:
        """The code on the wall, as fresh as a person would see it; empty if there is none."""
        with self._lock:
            seen, token = self._code
            if time.monotonic() - seen > _CODE_S:
                answer = self.api.call("GET", f"stores/{self.store}/code", self.screen)
                token = answer.body.get("token", "") if answer.ok else ""
                self._code = time.monotonic(), token
            return token

    def menu(self) -> list[dict]:
        """The drinks of the store, as of a moment ago."""
        with self._lock:
            seen, drinks = self._menu
            if time.monotonic() - seen > _CODE_S:
                answer = self.api.call("GET", f"stores/{self.store}", self.screen)
                drinks = answer.body["menu"]["drinks"] if answer.ok else []
                self._menu = time.monotonic(), drinks
            return drinks

    def _noted(self, answer: Answer, where: str) -> Answer:
        if not answer.ok:
            code = answer.code
            beaten = code not in ("409", "") and answer.status == 409 and answer.body.get("order_status")
            self.account.refused("too_late" if beaten and code != "already_ordering" else code, where)
        return answer


def moment(text: str | None) -> dt.datetime | None:
    """Parse a time of the API."""
    return dt.datetime.fromisoformat(text) if text else None
