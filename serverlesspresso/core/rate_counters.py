"""Where a bar in one process keeps what is counted, so that nobody tries too often."""

import time

from django.core.cache.backends.locmem import LocMemCache


class CountersInLocMemCache(LocMemCache):
    """Django's cache in memory throws a third away when it is full, whether it still counts or not: who is
    counted often enough would push everybody else out. Here what is over goes first, and there is room for
    what one address can have counted in an hour (36,000 codes asked for, twice each).
    """

    LOOK_AT = 10_000
    """With so many it is looked for the first time which are over."""
    _cache: dict
    _expire_info: dict[str, float | None]

    def __init__(self, name, params):
        super().__init__(name, params)
        self._most, self._max_entries = self._max_entries, min(self._max_entries, self.LOOK_AT)

    def _cull(self):
        now = time.time()  # clock: as this cache keeps its times
        for key in [key for key, at in self._expire_info.items() if at is not None and at <= now]:
            self._delete(key)  # type: ignore[attr-defined]
        if len(self._cache) >= self._most:
            super()._cull()  # type: ignore[misc]
        self._max_entries = min(max(2 * len(self._cache), self.LOOK_AT), self._most)
