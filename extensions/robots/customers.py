"""Customers: they scan, dawdle, choose, change their mind, lose their signal, and get their coffee."""

import datetime as dt
import time
from collections.abc import Generator
from dataclasses import dataclass

from .crowd import Robot
from .world import OVER, World, moment

_PATIENCE_MIN = 90
_LOOK_S = 0.5
_FORGOTTEN_S = 30
"""Clocks strike within 2 seconds, or 10 if a process was killed (rule book); this is far beyond."""
_WORTH_WAITING_S = 60
"""A clock that runs longer than this (real seconds) is not waited for."""


@dataclass(frozen=True)
class Persona:
    """What one customer is like."""

    dawdles: bool = False
    wanders_off: bool = False
    changes_mind: bool = False
    gives_up: bool = False
    never_comes: bool = False
    loses_signal: bool = False

    @classmethod
    def of(cls, world: World) -> "Persona":
        """The persona of one of many."""
        return cls(
            dawdles=world.likely(0.15),
            wanders_off=world.likely(0.04),
            changes_mind=world.likely(0.08),
            gives_up=world.likely(0.06),
            never_comes=world.likely(0.05),
            loses_signal=world.likely(0.15),
        )


class Customer:
    """One customer with one drink to get."""

    def __init__(self, world: World, token: str, temper: Persona):
        self.world = world
        self.token = token
        self.temper = temper
        self.order: dict = {}
        self._seen: tuple[int, float] = (0, 0.0)

    def live(self) -> Robot:
        """From the scan to the coffee, or wherever it ends."""
        try:
            if not (yield from self._scan()):
                return self.world.account.ended("turned away")
            self.world.account.placed(self.order["id"])
            yield from self._choose()
            yield from self._wait()
        except Exception:
            self.world.account.ended("lost")
            raise
        return self.world.account.ended(self._outcome())

    def _change(self, method: str, act: str = "", body=None) -> Generator[float, None, bool]:
        """Change the order; returns whether it succeeded. Its new state is then known."""
        path = f"orders/{self.order['id']}" + (f"/{act}" if act else "")
        lost = self.temper.loses_signal and self.world.likely(0.5)
        answer = yield from self.world.change(method, path, self.token, body, lost=lost)
        if answer.ok:
            self.order = answer.body
        else:
            self._look()
        return answer.ok

    def _look(self) -> str:
        answer = self.world.look(f"orders/{self.order['id']}", self.token)
        if answer.ok:
            self.order = answer.body
        return self.order["status"]

    # -- from the wall to an order -----------------------------------------------------------------

    def _scan(self) -> Generator[float, None, bool]:
        """Scan, and come back later while the bar refuses."""
        world, until = self.world, time.monotonic() + self.world.rest(_PATIENCE_MIN, 10)
        lost = self.temper.loses_signal
        while not world.stopped.is_set() and time.monotonic() < until:
            if code := world.code():
                path = f"stores/{world.store}/orders"
                answer = yield from world.change("POST", path, self.token, {"token": code}, lost=lost)
                lost = False
                if answer.ok:
                    self.order = answer.body
                    return True
            yield world.rest(world.dice.uniform(1, 3), 0.5)
        return False

    # -- choosing ----------------------------------------------------------------------------------

    def _choose(self) -> Robot:
        world, temper = self.world, self.temper
        yield world.rest(world.dice.uniform(0.2, 1.0))
        if temper.wanders_off and self._look() == "choosing" and self._soon():
            return
        if temper.dawdles:
            yield world.rest(world.dice.uniform(1, 2.5))
            yield from self._more_time()
        if temper.gives_up and world.likely(0.4):
            yield from self._change("POST", "cancel")
            return
        if not (yield from self._submit()):
            return
        if temper.changes_mind:
            yield world.rest(world.dice.uniform(0.2, 0.8))
            if self._look() == "queued" and (yield from self._submit()):
                world.account.did("changed their mind")
        if temper.gives_up:
            yield world.rest(world.dice.uniform(0.1, 1.0))
            if self._look() == "queued":
                yield from self._change("POST", "cancel")

    def _more_time(self) -> Robot:
        if self._look() == "choosing" and (yield from self._change("POST", "extend")):
            self.world.account.did("asked for more time")

    def _submit(self) -> Generator[float, None, bool]:
        for _try in range(5):
            if self.order["status"] in OVER:
                return False
            if (drink := self._drink()) and (yield from self._change("PUT", body=drink)):
                return True
            yield self.world.rest(0.3, 0.5)
        return False

    def _drink(self) -> dict | None:
        """A drink that is not sold out, with its required choices."""
        dice = self.world.dice
        drinks = [each for each in self.world.menu() if each["available"]]
        dice.shuffle(drinks)
        for drink in drinks:
            modifiers: list[str] = []
            for group in drink["modifiers"]:
                offered = [each["name"] for each in group["options"] if each["available"]]
                most = min(group["max"], len(offered))
                if most < group["min"]:
                    break
                modifiers += dice.sample(offered, dice.randint(group["min"], max(most, group["min"])))
            else:
                return {"drink": drink["name"], "modifiers": modifiers}
        return None

    # -- waiting -----------------------------------------------------------------------------------

    def _wait(self) -> Robot:
        """Watch the phone until the drink is ready; collect it, unless this customer never does."""
        world = self.world
        while (status := self._look()) not in OVER and not world.stopped.is_set():
            if self._forgotten():
                return
            if status == "ready" and self.temper.never_comes:
                if not self._soon():
                    return
            elif status == "ready":
                yield world.rest(world.dice.uniform(0.2, 1.5))
                yield from self._change("POST", "collect")
                continue
            elif status == "choosing" and not self.temper.wanders_off:
                yield from self._submit()
            yield max(world.rest(0.15), _LOOK_S)

    def _soon(self) -> bool:
        """Whether the order's running clock is short enough to wait for."""
        due = moment(self.order.get("deadline_at"))
        return (
            due is not None and (due - dt.datetime.now(dt.UTC)).total_seconds() < _WORTH_WAITING_S
        )  # clock: a robot is a guest

    def _forgotten(self) -> bool:
        """Whether the bar should have moved the order on long ago, which would be unexplained."""
        now = time.monotonic()
        if self._seen[0] != self.order["version"]:
            self._seen = self.order["version"], now
        due = moment(self.order.get("deadline_at"))
        over = (
            (dt.datetime.now(dt.UTC) - due).total_seconds() if due else now - self._seen[1]
        )  # clock: a robot is a guest
        between = self.order["status"] in ("validating", "submitted")
        if over < _FORGOTTEN_S or not (due or between):
            return False
        self.world.account.wonder(f"order {self.order['id']} stands still in {self.order['status']}")
        return True

    def _outcome(self) -> str:
        order, account = self.order, self.world.account
        begun, done = moment(order["submitted_at"]), moment(order["completed_at"])
        if begun and done:
            account.took("from the order to the drink", (done - begun).total_seconds())
        reason = (order.get("reason") or {}).get("code", "")
        if order["status"] == "ready":
            return "left on the counter"
        if order["status"] not in OVER:
            return "still there"
        return {
            "collected": "never came for it" if reason == "not_collected" else "got their coffee",
            "cancelled": "gave up" if reason == "changed_mind" else "cancelled by the bar",
            "timed_out": "never chose" if reason == "customer_timeout" else "waited in vain",
            "rejected": "turned away after the scan",
        }[order["status"]]
