"""A lane for scans, so that a rush on a code does not take threads and connections from those at work.

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


class ScanLane:
    """An ASGI application before another one: scans come through it some at a time, all else as it comes.

    Daphne has read a request whole when it calls, so that nobody with a slow phone stands in the lane.
    """

    def __init__(self, application: Callable):
        self._application = application
        self._lanes: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()  # one for each event loop

    async def __call__(self, scope, receive, send) -> None:
        """Answer, now or when it is one's turn."""
        if not _is_scan(scope):
            return await self._application(scope, receive, send)
        lane = self._lanes.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(AT_ONCE))
        async with lane:
            return await self._application(scope, receive, send)


def _is_scan(scope) -> bool:
    path = scope["path"]
    return bool(_SCAN.match(path) or _SCAN.match(f"{scope['method']} {path}"))
