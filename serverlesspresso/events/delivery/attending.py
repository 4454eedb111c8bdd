"""The attendant: hands over what is new, and stays a moment for more. There is one at a time, in whichever
process of the slow worker, as long as something happens."""

import logging
import time
import uuid
from collections.abc import Callable

from . import pump, turns
from .bell import ATTENDS_S, Begin, Bell, bell

logger = logging.getLogger(__name__)

STAYS_S = 2.0
"""After so long another task takes over, so that this one's time limit is for what a subscriber does."""
WAITS_S = 0.25
"""After so long without news it leaves."""
GATHERS_S = 0.02
"""What happens within so long of a piece of news is handed over with it."""
APART_S = 5.0
"""Whoever relieved another serves each subscriber alone for so long: one that hangs then holds up nobody."""


def attend(hand_on: Callable[[list[str]], None]) -> None:
    """Hand over all there is, and what comes meanwhile, unless somebody does. `hand_on` gets the names of the
    subscribers that need longer. Without the bell's server it is one round."""
    who = uuid.uuid4().hex
    begin = _asked(lambda: bell().begin(who), Begin.YES)
    if begin is Begin.NO:
        return
    if begin is Begin.IN_PLACE:  # perhaps a subscriber hangs
        turns.leave_alone(seconds=APART_S)
    try:
        _stay(who, hand_on)
    finally:
        news = _asked(lambda: bell().end(who), otherwise=False)
    if news:
        from serverlesspresso.events import tasks

        tasks.deliver.apply_async(retry=False, expires=10)


def _stay(who: str, hand_on: Callable[[list[str]], None]) -> None:
    until = time.monotonic() + STAYS_S
    alive = _Signs(bell(), who)
    while True:
        hand_on(pump.deliver(look_again=False, sign=alive))
        if time.monotonic() > until or not _asked(lambda: bell().hear(who, WAITS_S), otherwise=False):
            return
        time.sleep(GATHERS_S)


class _Signs:
    """Signs of life, not more than are needed."""

    def __init__(self, bell: Bell, who: str):
        self._bell, self._who, self._last = bell, who, time.monotonic()

    def __call__(self) -> None:
        if time.monotonic() - self._last > ATTENDS_S / 3:
            self._last = time.monotonic()
            _asked(lambda: self._bell.stay(self._who), otherwise=True)


def _asked(question: Callable, otherwise):
    """The bell's answer, or what to take for it when its server is away: then beat's looks must do."""
    try:
        return question()
    except Exception as error:
        logger.warning("the bell does not answer: %s", error)
        return otherwise
