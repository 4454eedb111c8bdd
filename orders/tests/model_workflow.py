"""The rule book in memory, without people: clocks, the sweep, and the moves of an order.

Moments are seconds, orders and holds plain objects, a refusal is its code. What the rule book leaves open
(which code is on the wall, what an order is called) the test tells the model.
"""

from dataclasses import dataclass, field

LIVE = {"validating", "choosing", "submitted", "queued", "making"}
TERMINAL = {"collected", "cancelled", "timed_out", "rejected"}
COUNTS = LIVE | {"ready", "collected"}
GAP, HOUR, GRACE, HOLD_LASTS, RECALL_FOR = 300, 3600, 60, 300, 600


class Refused(Exception):
    """What the bar says no to, by its code."""


@dataclass(eq=False)
class Code:
    ends: float
    budget: int
    used: int = 0
    replaced: bool = False


@dataclass(eq=False)
class Hold:
    code: Code
    person: str
    taken: float
    expires: float
    used: bool = False
    returned: bool = False


@dataclass(eq=False)
class Order:
    status: str
    person: str | None
    moved: float
    day: int
    source: str = "scan"
    hold: Hold | None = None
    drink: str = ""
    number: tuple[int, int] | None = None
    place: tuple[int, int] | None = None
    deadline: float | None = None
    clock: float = 0
    completed: float | None = None
    barista: str | None = None
    submitted: bool = False
    in_line: int = 0
    settled: bool = False
    extensions: int = 0
    last: tuple[str, str | None] = ("", None)
    events: list[str] = field(default_factory=list)


@dataclass(eq=False)
class Workflow:
    """One store, and what its clocks and chains do."""

    capacity: int
    per_day: int
    now: float = 12 * HOUR
    customer_s: float = 300
    barista_s: float = 900
    claim_s: float = 900
    pickup_s: float = 600
    open: bool = True
    paused_at: float | None = None
    paused_for: float = 0
    deserted: bool = False
    deserted_for: float = 0
    active: float | None = None
    series: int = 1
    last_number: int = 0
    submissions: int = 0
    swept: float | None = None
    sold_out: set[str] = field(default_factory=set)
    grants: list[tuple[str, int]] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)

    # -- clocks --------------------------------------------------------------------------------

    @property
    def patience(self) -> float:
        stopped = None if self.deserted else self.paused_at
        return (self.now if stopped is None else stopped) - self.paused_for + self.deserted_for

    @property
    def day(self) -> int:
        return int(self.now // (24 * HOUR))

    def _idle(self, order: Order) -> bool:
        since = self.patience - self.barista_s
        return order.clock <= since and (self.active is None or self.active <= since)

    def late(self, order: Order) -> bool:
        """Whether a clock has run out."""
        if order.status == "queued":
            return self._idle(order)
        return order.status in {"choosing", "making", "ready"} and order.deadline <= self.now

    def in_time(self, order: Order) -> bool:
        """Whether a command may still reach it: no clock ever cancels a drink being made."""
        return order.status not in TERMINAL and (order.status == "making" or not self.late(order))

    def mind_the_gap(self) -> None:
        if self.swept is None or self.now - self.swept < GAP:
            return
        gap, self.swept = self.now - self.swept, self.now
        for order in self.orders:
            order.deadline = order.deadline and order.deadline + gap
        for hold in self.holds:
            hold.expires += 0 if hold.used or hold.returned else gap
        self.paused_for += gap if self.paused_at is None else 0
        self.deserted_for -= gap if self.deserted else 0

    def time_out(self, order: Order) -> None:
        if not self.late(order):
            return
        if order.status == "choosing":
            self._move(order, "customer_timeout", "timed_out", "OrderTimeOut")
        elif order.status == "queued":
            self._move(order, "barista_timeout", "timed_out", "OrderTimeOut")
        elif order.status == "making":
            order.barista = None
            self._move(order, "claim_ran_out", "queued", "UnmakeOrder")
        else:
            self._move(order, "not_collected", "collected", "OrderCollected")

    def settle_overdue(self) -> None:
        self.mind_the_gap()
        for order in self.orders:
            self.time_out(order)
        for order in self.orders:
            self.settle(order)

    def sweep(self) -> None:
        self.mind_the_gap()
        for order in self.orders:
            if order.status != "queued" or self.paused_at is None or self.deserted:
                self.time_out(order)
        self._drive_on("validating", ("check_store_open", "check_capacity", "await_customer"))
        self._drive_on("submitted", ("assign_number", "await_barista"))
        for order in self.orders:
            if self.now - order.moved >= 1:
                self.settle(order)
        for hold in self.holds:
            if not hold.used and not hold.returned and hold.expires <= self.now:
                hold.used = True
                self._give_back(hold)
        self.swept = self.now

    def _drive_on(self, status: str, steps: tuple[str, ...]) -> None:
        stuck = [o for o in self.orders if o.status == status and self.now - o.moved >= 2]
        for order in sorted(stuck, key=lambda o: o.moved):
            for step in steps:
                self.step(order, step)

    # -- the machine's moves -------------------------------------------------------------------

    def _move(
        self, order: Order, command: str, target: str, event: str | None, by: str | None = None
    ) -> None:
        seconds = {"choosing": self.customer_s, "making": self.claim_s, "ready": self.pickup_s}.get(target)
        order.deadline = self.now + seconds if seconds else None
        if target == "queued" and command != "swap":
            order.clock = self.patience
        order.status, order.moved, order.last = target, self.now, (command, by)
        order.events += [event] if event else []

    def step(self, order: Order, step: str) -> None:
        """One step of a chain: does nothing when the order is elsewhere."""
        if step == "settle":
            return self.settle(order)
        if order.status == "validating":
            self._open_step(order, step)
        elif order.status == "submitted" and step == "assign_number" and order.number is None:
            line = [o for o in self.orders if o.status == "submitted" and o.number is None]
            for each in sorted(line, key=lambda o: o.in_line):
                if each.in_line <= order.in_line:
                    self.last_number += 1
                    each.number = (self.series, self.last_number)
                    each.place = each.place or each.number
        elif order.status == "submitted" and step == "await_barista" and order.number:
            self._move(order, "enqueue", "queued", "WaitingCompletion")
        return None

    def _get_in_line(self, order: Order) -> None:
        """Numbers follow the order of submission."""
        self.submissions += 1
        order.in_line = self.submissions

    def _open_step(self, order: Order, step: str) -> None:
        before = [o for o in self.orders[: self.orders.index(order)] if o.status in LIVE]
        shut = step == "check_store_open" and (not self.open or self.paused_at is not None)
        full = step == "check_capacity" and len(before) >= self.capacity
        if shut or full:
            self._move(order, "reject", "rejected", "ShopUnavailable")
        elif step == "await_customer":
            self._move(order, "start", "choosing", "WorkflowStarted")

    def settle(self, order: Order) -> None:
        if order.status in TERMINAL and not order.settled:
            order.settled = True
            order.events.append("OrderFinished")
            if order.hold and not order.submitted:
                self._give_back(order.hold)

    def _give_back(self, hold: Hold) -> None:
        if not hold.returned:
            hold.returned = True
            hold.code.used -= 1
