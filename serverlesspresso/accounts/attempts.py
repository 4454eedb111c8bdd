"""How often somebody may try. A try is counted before anything is looked at: a hundred at once are no more
tries than one after the other."""

from dataclasses import dataclass

from allauth.core.internal import ratelimit  # the public one counts no GETs, and nothing outside of requests


@dataclass(frozen=True)
class Tries:
    """So many tries in so many seconds, for each key: of a person, a code, a number."""

    action: str
    most: int
    within_s: int

    def count(self, key: str) -> ratelimit.RateLimitUsage | None:
        """Count one; None when there are none left. `rollback()` on what comes back takes it back."""
        return ratelimit.consume(None, key=key, limit_get=True, **self._rate)

    def forget(self, key: str) -> None:
        """Begin anew: it was right."""
        ratelimit.clear(None, key=key, **self._rate)

    @property
    def _rate(self) -> dict:
        rate = f"{self.most}/{self.within_s}s/key"
        return {"app": "serverlesspresso", "action": self.action, "config": {self.action: rate}}
