"""Asks what may hang and does not wait for it: a database or a Redis that takes calls and says nothing."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field

from django.db import connections

_GIVEN_UP_S = 15
"""What hangs for so long is given up; until then nobody asks the same again, lest threads pile up."""


@dataclass
class Probe:
    """A function that may hang, asked in a thread of its own; whoever asks meanwhile shares the answer."""

    function: Callable
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _asked: float = 0.0
    _answer: Future | None = None

    def ask(self) -> Future:
        with self._lock:
            answer = self._answer
            if answer is None or answer.done() or time.monotonic() - self._asked > _GIVEN_UP_S:
                answer = self._answer = Future()
                self._asked = time.monotonic()
                threading.Thread(target=self._find, args=(answer,), daemon=True).start()
            return answer

    def _find(self, answer: Future) -> None:
        try:
            found = self.function()
        except Exception as error:  # whatever it is, whoever waits for the answer shall have it
            answer.set_exception(error)
        else:
            answer.set_result(found)
        finally:
            connections.close_all()


def run_probes(questions: dict[str, Probe], seconds: float) -> dict[str, Future]:
    """Ask all at once; after so many seconds at most, what has been answered by then."""
    until = time.monotonic() + seconds
    asked = {name: question.ask() for name, question in questions.items()}
    for answer in asked.values():
        _wait(answer, until - time.monotonic())
    return asked


def _wait(answer: Future, seconds: float) -> None:
    try:
        answer.exception(max(seconds, 0))
    except TimeoutError:
        pass  # whoever asked sees that it is not done
