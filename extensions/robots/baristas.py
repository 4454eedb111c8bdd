"""Baristas: first come, first served; now and then one makes a mistake, takes a break, or cancels an
order."""

from collections.abc import Generator

from .crowd import Robot
from .world import World

DRINK_MIN = 1.0
"""A drink takes about a minute: a good barista makes 60 an hour."""


class Barista:
    """One barista. They know about each other only what the bar tells them."""

    def __init__(self, world: World, token: str):
        self.world = world
        self.token = token

    def live(self) -> Robot:
        """Make waiting drinks until all customers are done."""
        world = self.world
        while not (world.stopped.is_set() or world.served.is_set()):
            order = self._next()
            if order is None:
                yield world.rest(0.2, 0.4)
            elif world.likely(0.02):
                if (yield from self._do(order, "cancel", {"reason": "unclear"})):
                    world.account.did("said no to an order")
            else:
                yield from self._make(order)

    def _next(self) -> dict | None:
        """The order that has waited longest; sometimes two baristas reach for the same ticket."""
        path = f"stores/{self.world.store}/orders?status=queued&limit=3"
        answer = self.world.look(path, self.token)
        waiting = answer.body.get("items", []) if answer.ok else []
        return waiting[0 if self.world.likely(0.8) else -1] if waiting else None

    def _make(self, order: dict) -> Robot:
        world = self.world
        if not (yield from self._do(order, "make")):
            return
        yield world.rest(DRINK_MIN * world.dice.uniform(0.6, 1.3))
        if world.likely(0.04):
            if (yield from self._do(order, "unmake")):
                world.account.did("put a ticket back")
            return
        if world.likely(0.03):
            world.account.did("took a break")
            yield world.rest(2)
        done = yield from self._do(order, "complete")
        if done and world.likely(0.03) and (yield from self._do(order, "recall")):
            world.account.did("made a drink again")
            yield world.rest(DRINK_MIN / 2)
            yield from self._do(order, "complete")

    def _do(self, order: dict, act: str, body=None) -> Generator[float, None, bool]:
        path = f"orders/{order['id']}/{act}"
        lost = self.world.likely(0.05)
        answer = yield from self.world.change("POST", path, self.token, body, lost=lost)
        return answer.ok
