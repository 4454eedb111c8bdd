"""Lanes for what a rush asks for, so that it does not take threads, connections and cores from those at work.

Django gives each request a thread. A thousand at once share one core and ten connections: all are slow, and
most give up waiting for a connection. A few at a time are answered sooner, all of them, and in turn.
"""

import asyncio
import re
import weakref
from collections.abc import Callable

AT_ONCE = 4
"""Scans that a web process answers at the same time: well below its connections (DATABASE_POOL)."""
_SCAN = re.compile(r"/q/|POST /api/v1/stores/[^/]+/orders$")
"""A browser's way in, and a program's; the same address of the API, when it is only read, is the queue."""
HASHES_AT_ONCE = 2
"""Passwords that a web process looks at at the same time: each takes a core for a third of a second."""
PATIENCE_S = 4
"""Whoever would wait longer for their turn hears so, and nothing is hashed for them."""
WAITING = 20
"""No more than these wait: they are about as many as have their turn in that time."""
_PASSWORD = re.compile(
    r"POST (/accounts/(login/$|reauthenticate/|2fa/|password/|first/|invited/)"
    r"|/admin/(login|password_change|accounts/user)/)"
)
"""Where a password, or a code of the second step, is looked at or made."""
_PIN = re.compile(r"POST /barista/[^/]+/(who|pins)/")


class Lane:
    """An ASGI application before another one: what belongs into the lane comes through it some at a time, all
    else as it comes.

    Daphne has read a request whole when it calls, so that nobody with a slow phone stands in the lane. Who
    waits has no thread yet. With `patience_s` a request that waited so long, or found too many waiting, is
    handed on marked as `late`, a few at a time: RefusalMiddleware answers it with 503.
    """

    def __init__(
        self, application: Callable, belongs: re.Pattern, at_once: int, patience_s: float | None = None
    ):
        self._application, self._belongs = application, belongs
        self._at_once, self._patience_s = at_once, patience_s
        self._lanes: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()  # one for each event loop

    async def __call__(self, scope, receive, send) -> None:
        """Answer, now or when it is one's turn."""
        path = scope["path"]
        if not self._belongs.match(path) and not self._belongs.match(f"{scope['method']} {path}"):
            return await self._application(scope, receive, send)
        loop = asyncio.get_running_loop()
        if loop not in self._lanes:
            self._lanes[loop] = _Turns(self._at_once), asyncio.Semaphore(self._at_once)
        turns, refusals = self._lanes[loop]
        if await turns.come(self._patience_s):
            try:
                return await self._application(scope, receive, send)
            finally:
                turns.release()
        async with refusals:
            return await self._application(scope | {"late": True}, receive, send)


class _Turns(asyncio.Semaphore):
    """Who is in the lane, and how many wait before it."""

    waiting = 0

    async def come(self, patience_s: float | None) -> bool:
        """Wait for one's turn; False when that would be, or was, too long."""
        if patience_s is None or not self.locked():
            return await self.acquire()
        if self.waiting >= WAITING:
            return False
        self.waiting += 1
        try:
            return await asyncio.wait_for(self.acquire(), patience_s)
        except TimeoutError:
            return False
        finally:
            self.waiting -= 1


class ScanLimiter(Lane):
    """For scans. Everybody has their turn."""

    def __init__(self, application: Callable):
        super().__init__(application, _SCAN, AT_ONCE)


class PasswordLane(Lane):
    """For whatever hashes a password: anybody may ask for that, and it is slow on purpose."""

    def __init__(self, application: Callable):
        super().__init__(application, _PASSWORD, HASHES_AT_ONCE, PATIENCE_S)


class PinLane(Lane):
    """For PINs, which only staff can send: strangers at the sign-in do not hold up a tablet."""

    def __init__(self, application: Callable):
        super().__init__(application, _PIN, HASHES_AT_ONCE, PATIENCE_S)
