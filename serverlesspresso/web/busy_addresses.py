"""Who asks much more often than others: seen in the log and in `/metrics`, and not refused here.

A hall full of phones behind one address looks the same. Which of the two it is, and whether to block the
address before it comes to the bar, is for people to decide.
"""

import logging
import threading
import time
from collections import Counter

from allauth.core.internal.ratelimit import get_ip
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from serverlesspresso.core import metrics

logger = logging.getLogger(__name__)

MINUTE_S = 60
ALL = "every page"
MANY = 1_200
"""An address that asks so often within a minute is told of."""
CHANGES = 60
"""One that sends the same form so often, too; and sooner those that take something away from others:"""
SCARCE = 10
_SCARCE = ("orders:scan", "orders:waiting", "orders:digits", "account_login", "account_request_login_code")
_MOST = 50_000
"""Addresses and pages that are counted at the same time."""


class Often:
    """Counts the requests of each address to this process, by the minute."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[tuple[str, str]] = Counter()
        self._until = 0.0

    def count(self, request: HttpRequest, route: str) -> None:
        """One request, when it is known which page it asked for."""
        try:
            address = get_ip(request)
        except PermissionDenied:  # behind a proxy that did not say for whom it asks
            return
        self._one(address, ALL, MANY)
        if request.method not in ("GET", "HEAD", "OPTIONS"):
            self._one(address, route, SCARCE if route in _SCARCE else CHANGES)

    def _one(self, address: str, what: str, bound: int) -> None:
        with self._lock:
            now = time.monotonic()
            if now >= self._until or len(self._counts) >= _MOST:
                self._counts.clear()
                self._until = now + MINUTE_S
            self._counts[address, what] += 1
            count = self._counts[address, what]
        if count <= bound:
            return
        metrics.often(what)
        times, rest = divmod(count - 1, bound)
        if not rest and not times & (times - 1):  # once, then each time it has doubled
            logger.info("one address asks often: %s sent %s for %s within a minute", address, count, what)


often = Often()
"""Of this process."""
