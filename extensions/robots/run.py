"""One run: clear the bar, open it, send everybody in, and afterwards check that all is well."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from .baristas import Barista
from .client import Api, NoAnswer
from .crowd import Crowd
from .customers import Customer, Persona
from .report import Report
from .setup import Cast
from .world import World

FINISHED = "OrderProcessor.OrderFinished"
WAITING = "OrderManager.WaitingCompletion"
_NOT_OVER = "validating,choosing,submitted,queued,making,ready"
_SETTLES_S = 15
"""An order is settled within 2 s of its end, or 10 s if a process was killed (rule book); only after this
wait is an order without an end called unexplained."""
_LEFT_S = 70


@dataclass(frozen=True)
class Plan:
    """The parameters of a run: how many customers, whether they all come at once, how fast they live."""

    customers: int
    rush: bool = False
    pace: float = 60.0
    seed: int | None = None


class Run:
    """One run of a plan against a bar that answers at `url`."""

    def __init__(self, url: str, store: str, cast: Cast, plan: Plan):
        self.account = Report()
        dice = random.Random(plan.seed)  # noqa: S311  (robots need no secrets)
        api = Api(url, timed=lambda what, seconds: self.account.took(f"the bar answers: a {what}", seconds))
        self.world = World(api, store, self.account, plan.pace, dice, cast.screen)
        self.cast = cast
        self.plan = plan

    def play(self, watch: Callable[[Report], bool] = lambda _account: False) -> Report:
        """Run to the end, or until `watch`, asked twice a second, says that it is enough.

        Orders left in the store before, and after a run that ended early, are cancelled; the store is open
        meanwhile and closed in the end.
        """
        crowd = Crowd(self._broken)
        try:
            head = self._prepare()
            for token, delay in zip(self.cast.customers, self._arrivals(), strict=True):
                crowd.add(Customer(self.world, token, Persona.of(self.world)).live(), delay)
            for token in self.cast.baristas:
                crowd.add(Barista(self.world, token).live())
            crowd.run(lambda: self._enough(watch))
            if not self.world.stopped.is_set():
                self._audit(head)
        except NoAnswer as problem:
            self.account.wonder(f"The bar does not answer: {problem}")
        finally:
            self._leave()
        return self.account

    def _enough(self, watch: Callable[[Report], bool]) -> bool:
        if self.account.done >= self.plan.customers:
            self.world.served.set()
        if watch(self.account):
            self.world.stopped.set()
        return self.world.stopped.is_set()

    def _broken(self, error: Exception) -> None:
        self.account.wonder(f"a robot broke: {type(error).__name__}: {error}")

    def _arrivals(self) -> list[float]:
        """When each customer comes, in seconds: as fast as drinks are made, or all as a break begins."""
        world, dice, count = self.world, self.world.dice, self.plan.customers
        if self.plan.rush:
            return [world.rest(abs(dice.gauss(0, 1.5))) for _customer in range(count)]
        delays, now = [], 0.0
        for _customer in range(count):
            now += dice.expovariate(0.85 * len(self.cast.baristas))
            delays.append(world.rest(now))
        return delays

    # -- before and after --------------------------------------------------------------------------

    def _prepare(self) -> int:
        """Clear the bar and open it; returns where its log now ends."""
        self._clear()
        self._doors(open=True)
        head = 0
        for event in self._log(0):
            head = event["sequence"]
        return head

    def _leave(self) -> None:
        try:
            if self.world.stopped.is_set() or self.account.unexplained:
                self._clear()
            self._doors(open=False)
        except NoAnswer:
            pass  # the missing answer has been reported

    def _doors(self, *, open: bool) -> None:
        path = f"stores/{self.world.store}/status"
        answer = self.world.api.call("PUT", path, self.cast.manager, {"open": open, "paused": False})
        if not answer.ok:
            self.account.refused(answer.code, f"PUT {path}")

    def _clear(self) -> None:
        """Cancel what is not over. What the bar refuses to cancel, it ends itself, because its time is up."""
        path = f"stores/{self.world.store}/orders?status={_NOT_OVER}&limit=500"
        cancelled = True
        while cancelled and (
            found := self.world.api.call("GET", path, self.cast.manager).body.get("items", [])
        ):
            reason = {"reason": "The robots are done."}
            answers = [
                self.world.api.call("POST", f"orders/{order['id']}/cancel", self.cast.manager, reason)
                for order in found
            ]
            cancelled = any(answer.ok for answer in answers)

    def _log(self, after: int) -> list[dict]:
        events: list[dict] = []
        cursor: int | None = after
        while cursor is not None:
            path = f"stores/{self.world.store}/events?after={cursor}&limit=1000"
            answer = self.world.api.call("GET", path, self.cast.manager)
            events += answer.body.get("items", [])
            cursor = answer.body.get("next")
        return events

    # -- is all as it should be? -------------------------------------------------------------------

    def _audit(self, head: int) -> None:
        """Check that each order of this run ended once, that the log has no gap, and that no number was
        repeated or left out."""
        left = self.account.outcomes["left on the counter"]
        until = time.monotonic() + (_LEFT_S if left else _SETTLES_S)
        while True:
            events = self._log(head)
            ends = [event["subject"] for event in events if event["type"] == FINISHED]
            missing = self.account.orders - set(ends)
            if len(missing) <= left or time.monotonic() > until:
                break
            time.sleep(0.5)
        if len(missing) > left:
            self.account.wonder(f"{len(missing)} orders never ended, among them {sorted(missing)[:3]}")
        if twice := len(ends) - len(set(ends)):
            self.account.wonder(f"{twice} orders ended twice")
        found = [event["sequence"] for event in events]
        if found != list(range(head + 1, head + 1 + len(found))):
            self.account.wonder("the log has gaps")
        self._audit_numbers(events)

    def _audit_numbers(self, events: list[dict]) -> None:
        waits = [event["data"] for event in events if event["type"] == WAITING]
        given = sorted((each["series"], each["number"]) for each in waits)
        if len(set(given)) != len(given):
            self.account.wonder("a number was given twice")
        for (series, number), (next_series, following) in pairwise(given):
            if series == next_series and following > number + 1:
                self.account.wonder(f"no order has number {number + 1}")
