"""The bell: whoever has news rings it, and one attendant at a time, in whichever process, hears it.

A message for each piece of news costs more than the news. So a ring starts a task only if nobody attends;
else it is heard by the attendant, who takes the bell's one mark before looking at the log: what was committed
before a ring is seen by whoever heard it. An attendant who hangs or dies is relieved after a moment. The bell
carries no fact: without it, beat looks once a second.
"""

import threading
import time
from enum import IntEnum
from functools import cache
from typing import Protocol

from django.conf import settings

ATTENDS_S = 1.5
"""After so long without a sign an attendant hangs or is dead: the next one takes over."""
CALLED_S = 0.5
"""So long a task may take to come, before another one is started."""
GONE_S = 10.0
"""For so long it is known that the last attendant did not leave in order."""


class Begin(IntEnum):
    """What somebody who wants to attend is told."""

    NO = 0
    """Somebody does."""
    YES = 1
    IN_PLACE = 2
    """Yes, and the last one was relieved."""


class Bell(Protocol):
    """A bell. `who` is a name of the attendant's own. Raises what its server raises."""

    def ring(self) -> bool:
        """There is news; whether somebody must be called to hear it."""

    def begin(self, who: str) -> Begin:
        """Attend, if nobody does."""

    def stay(self, who: str) -> bool:
        """A sign of life; False for one who was relieved."""

    def hear(self, who: str, seconds: float) -> bool:
        """A sign of life, then wait so long for a ring; whether there was one."""

    def end(self, who: str) -> bool:
        """Leave; whether there is news that nobody heard."""


class HereBell:
    """A bell within one process."""

    def __init__(self):
        self._change = threading.Condition()
        self._news = False
        self._who, self._until, self._called, self._gone = "", 0.0, 0.0, 0.0

    def ring(self) -> bool:
        with self._change:
            self._news = True
            self._change.notify_all()
            now = time.monotonic()
            if now < max(self._until, self._called):
                return False
            self._called = now + CALLED_S
            return True

    def begin(self, who: str) -> Begin:
        with self._change:
            now = time.monotonic()
            if now < self._until:
                return Begin.NO
            found = Begin.IN_PLACE if now < self._gone else Begin.YES
            self._who, self._called = who, 0.0
            self._until, self._gone = now + ATTENDS_S, now + GONE_S
            return found

    def stay(self, who: str) -> bool:
        with self._change:
            if self._who != who:
                return False
            self._until, self._gone = time.monotonic() + ATTENDS_S, time.monotonic() + GONE_S
            return True

    def hear(self, who: str, seconds: float) -> bool:
        with self._change:
            heard = self.stay(who) and self._change.wait_for(lambda: self._news, seconds)
            if heard:
                self._news = False
            return heard

    def end(self, who: str) -> bool:
        with self._change:
            if self._who == who:
                self._who, self._until, self._gone = "", 0.0, 0.0
            return self._news


_RING = """
if redis.call('LLEN', KEYS[1]) == 0 then redis.call('RPUSH', KEYS[1], 1) end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
if redis.call('EXISTS', KEYS[2]) == 1 then return 0 end
return redis.call('SET', KEYS[3], 1, 'NX', 'PX', ARGV[1]) and 1 or 0
"""
_BEGIN = """
if redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2]) == false then return 0 end
local gone = redis.call('EXISTS', KEYS[4])
redis.call('SET', KEYS[4], 1, 'PX', ARGV[3])
redis.call('DEL', KEYS[3])
return 1 + gone
"""
_STAY = """
local there = redis.call('GET', KEYS[2])
if there and there ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
redis.call('SET', KEYS[4], 1, 'PX', ARGV[3])
return 1
"""
_END = """
if redis.call('GET', KEYS[2]) == ARGV[1] then redis.call('DEL', KEYS[2], KEYS[4]) end
return redis.call('LLEN', KEYS[1])
"""


class RedisBell:
    """A bell for all processes: a list of one mark, which the attendant waits for, and notes that expire."""

    def __init__(self, url: str, prefix: str):
        import redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        once_more = Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,))  # not after a timeout
        self._redis = redis.Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2, retry=once_more)
        self._keys = [f"{prefix}:bell:{name}" for name in ("news", "attended", "called", "gone")]
        self._lasts = [round(1000 * seconds) for seconds in (ATTENDS_S, GONE_S)]

    def _run(self, script: str, *values) -> int:
        return int(self._redis.eval(script, len(self._keys), *self._keys, *values))

    def ring(self) -> bool:
        return bool(self._run(_RING, round(1000 * CALLED_S), self._lasts[1]))

    def begin(self, who: str) -> Begin:
        return Begin(self._run(_BEGIN, who, *self._lasts))

    def stay(self, who: str) -> bool:
        return bool(self._run(_STAY, who, *self._lasts))

    def hear(self, who: str, seconds: float) -> bool:
        return self.stay(who) and self._redis.blpop([self._keys[0]], seconds) is not None

    def end(self, who: str) -> bool:
        return bool(self._run(_END, who))


@cache
def bell() -> Bell:
    """This bar's bell."""
    return HereBell() if settings.EMBEDDED else RedisBell(settings.REDIS_URL, settings.REDIS_PREFIX)
