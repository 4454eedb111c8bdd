"""Wake-ups: one message for a burst of facts, however many facts and subscribers it has.

Whoever commits facts raises a flag and sends a task, unless the flag stands. The task lowers the flag before
it reads the log, so it sees every event that was committed before its flag was raised. A flag falls by itself
after a second, so a lost task costs a second. It carries no fact: without Redis, beat looks once a second.
"""

import threading
import time
from functools import cache

from django.conf import settings

FLAG_S = 1.0

_here: dict[str, float] = {}
"""In one process: until when each flag stands, on the monotonic clock."""
_lock = threading.Lock()


def raise_flag(name: str) -> bool:
    """Raise a flag; True if it did not stand, and a task must be sent. Raises what Redis raises."""
    if not settings.EMBEDDED:
        return bool(_redis().set(_key(name), 1, nx=True, px=round(1000 * FLAG_S)))
    with _lock:
        stood = time.monotonic() < _here.get(name, 0.0)
        if not stood:
            _here[name] = time.monotonic() + FLAG_S
        return not stood


def lower_flag(name: str) -> None:
    """Lower a flag: what is committed from now on raises it anew. Raises what Redis raises."""
    if not settings.EMBEDDED:
        _redis().delete(_key(name))
    with _lock:
        _here.pop(name, None)


def _key(name: str) -> str:
    return f"{settings.REDIS_PREFIX}:wakeup:{name}"


@cache
def _redis():
    import redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    once_more = Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,))  # not after a timeout
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2, retry=once_more
    )
