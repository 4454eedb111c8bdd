"""What robots did and met: outcomes, refusals, times, and anything unexplained."""

import threading
from collections import Counter
from dataclasses import dataclass, field

from serverlesspresso.extension_api.text import percentile

EXPLAINED = frozenset(
    {
        "code_expired",
        "code_invalid",
        "code_used_up",
        "no_more_time",
        "not_found_any_more",
        "queue_full",
        "sold_out",
        "store_closed",
        "store_paused",
        "too_late",
        "too_late_to_recall",
        "too_many_holds",
    }
)
"""Refusals that are normal on a day at the bar."""
_KEPT = 20


@dataclass
class Report:
    """Shared by all robots of a run; times are in seconds."""

    outcomes: Counter = field(default_factory=Counter)
    refusals: Counter = field(default_factory=Counter)
    acts: Counter = field(default_factory=Counter)
    times: dict[str, list[float]] = field(default_factory=dict)
    unexplained: list[str] = field(default_factory=list)
    orders: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def ended(self, outcome: str) -> None:
        """Record that a customer is done."""
        with self._lock:
            self.outcomes[outcome] += 1

    def did(self, act: str) -> None:
        """Record something that robots do now and then."""
        with self._lock:
            self.acts[act] += 1

    def took(self, what: str, seconds: float) -> None:
        """Record how long something took."""
        with self._lock:
            self.times.setdefault(what, []).append(seconds)

    def placed(self, order: str) -> None:
        """Record an order of this run."""
        with self._lock:
            self.orders.add(order)

    def refused(self, code: str, where: str) -> None:
        """Record a refusal: either normal or unexplained."""
        with self._lock:
            self.refusals[code] += 1
        if code not in EXPLAINED:
            self.wonder(f"{where} was refused: {code}")

    def wonder(self, what: str) -> None:
        """Record something unexplained."""
        with self._lock:
            self.unexplained.append(what)

    @property
    def done(self) -> int:
        """How many customers are done."""
        return self.outcomes.total()

    def told(self) -> str:
        """The whole report, for whoever sent the robots."""
        lines = [f"{self.done} customers:"]
        lines += [f"  {number:5}  {name}" for name, number in self.outcomes.most_common()]
        lines += self._list("They also:", self.acts) + self._list("The bar said no:", self.refusals)
        lines.append("Times (p50, p95):")
        for what, values in sorted(self.times.items()):
            middle, slow = (percentile(sorted(values), percent) for percent in (50, 95))
            lines.append(f"  {_seconds(middle):>9} {_seconds(slow):>9}  {what} ({len(values)})")
        if self.unexplained:
            lines.append(f"UNEXPLAINED: {len(self.unexplained)}")
            lines += [f"  {each}" for each in self.unexplained[:_KEPT]]
        else:
            lines.append("Nothing unexplained happened.")
        return "\n".join(lines)

    @staticmethod
    def _list(title: str, counted: Counter) -> list[str]:
        return [title, *(f"  {n:5}  {name}" for name, n in counted.most_common())] if counted else []


def _seconds(value: float) -> str:
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.1f} s"
