"""Play a script: each event when its time has come, with an account of what became of each."""

import datetime as dt
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from django.db import transaction

from serverlesspresso.extension_api.bus import latest_sequence
from serverlesspresso.extension_api.stores import Store

from .mapping import EVER, Scene, Script
from .models import Played
from .replay import DoesNotFit, Replay, check_fits


@dataclass
class Account:
    """What became of a recording. `added` counts ends that the recording left out; `unplayed` is by name and
    reason."""

    played: Counter = field(default_factory=Counter)
    added: Counter = field(default_factory=Counter)
    unplayed: Counter = field(default_factory=Counter)
    orders: int = 0
    seconds: float = 0.0


class Playing:
    """One playing of one script, into stores made for it."""

    def __init__(self, script: Script, stores: list[Store]):
        self.script = script
        self.replays = {store.slug: Replay(store) for store in stores}
        self.account = Account(unplayed=Counter(script.unplayed))

    def run(
        self,
        speed: float,
        *,
        wait: Callable[[float], None] = time.sleep,
        watch: Callable[[int], None] = lambda _count: None,
    ) -> Account:
        """Play it at this multiple of its speed (0: as fast as possible); `watch` is told how far it is.

        The stores are open meanwhile, and closed in the end, even if the playing is interrupted.
        """
        began = time.monotonic()
        for replay in self.replays.values():
            replay.begin()
        try:
            for count, scene in enumerate(self.script.scenes, start=1):
                self._await(scene, began, speed, wait)
                self._play(scene)
                watch(count)
        finally:
            for replay in self.replays.values():
                replay.end()
            self.account.orders = sum(len(replay.orders) for replay in self.replays.values())
            self.account.seconds = time.monotonic() - began
        return self.account

    def _await(self, scene: Scene, began: float, speed: float, wait: Callable[[float], None]) -> None:
        if not speed:
            return
        into = (scene.at - self.script.scenes[0].at) / dt.timedelta(seconds=1) / speed
        if (left := began + into - time.monotonic()) > 0:
            wait(left)

    def _play(self, scene: Scene) -> None:
        try:
            check_fits(scene.fact)
            *added, played = self._tell(scene)
        except DoesNotFit as why:
            self.account.unplayed[scene.called, str(why)] += 1
        else:
            self.account.played[played] += 1
            self.account.added.update(added)

    @transaction.atomic
    def _tell(self, scene: Scene) -> list[str]:
        """Write it to the log, and keep the time it had in the recording."""
        told = self.replays[scene.store].tell(scene.fact)
        if scene.at > EVER:
            head = latest_sequence(scene.store)
            places = range(head - len(told) + 1, head + 1)
            Played.objects.bulk_create(Played(store=scene.store, sequence=n, at=scene.at) for n in places)
        return told
