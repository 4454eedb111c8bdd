"""The rule book in memory: a bar without database, workers or threads. The model test plays it beside the
real one and compares.

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
class Bar:
    """One store. Every method is one command; it raises Refused, and then has changed nothing but what
    was overdue anyway."""

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

    # -- scanning ------------------------------------------------------------------------------

    def _check_person(self, person: str) -> None:
        mine = [o for o in self.orders if o.person == person]
        if any(o.status in LIVE and o.source != "remake" for o in mine):
            raise Refused("already_ordering")
        if not self.open:
            raise Refused("store_closed")
        if self.paused_at is not None:
            raise Refused("store_paused")
        had = sum(o.status in COUNTS and o.source == "scan" and o.day == self.day for o in mine)
        if self.per_day and had >= self.per_day + self.grants.count((person, self.day)):
            raise Refused("limit_reached")

    def _check_room(self) -> None:
        if sum(o.status in LIVE for o in self.orders) >= self.capacity:
            raise Refused("queue_full")

    def _hold(self, code: Code, person: str) -> Hold:
        if code.replaced or self.now >= code.ends + GRACE:
            raise Refused("code_expired")
        if sum(h.person == person and h.taken > self.now - HOUR for h in self.holds) >= 3:
            raise Refused("too_many_holds")
        if code.used >= code.budget:
            raise Refused("code_used_up")
        self._check_room()
        code.used += 1
        self.holds.append(Hold(code, person, self.now, self.now + HOLD_LASTS))
        return self.holds[-1]

    def scan(self, code: Code, person: str) -> Hold:
        self.settle_overdue()
        self._check_person(person)
        for hold in reversed(self.holds):
            if hold.person == person and not hold.used and not hold.returned and hold.expires > self.now:
                return hold
        return self._hold(code, person)

    def place(self, hold: Hold) -> Order:
        try:
            self._check_person(hold.person)
            self._check_room()
        except Refused as refused:
            if str(refused) in {"already_ordering", "limit_reached"} and not hold.used and not hold.returned:
                hold.used = True
                self._give_back(hold)
            raise
        if hold.used or hold.returned or hold.expires <= self.now:
            raise Refused("hold_ran_out")
        return self._order(hold)

    def scan_and_place(self, code: Code, person: str) -> Order:
        self.settle_overdue()
        self._check_person(person)
        return self._order(self._hold(code, person))

    def _order(self, hold: Hold) -> Order:
        hold.used = True
        day = int(hold.taken // (24 * HOUR))
        order = Order("validating", hold.person, self.now, day, hold=hold, events=["NewOrder"])
        self.orders.append(order)
        return order

    # -- people --------------------------------------------------------------------------------

    def _refuse(self, order: Order, command: str, by: str) -> None:
        self.settle_overdue()
        if order.last == (command, by):
            return
        raise Refused("too_late_to_recall" if command == "recall" and order.status == "ready" else "too_late")

    def _choose(self, drink: str) -> None:
        if drink in self.sold_out:
            raise Refused("sold_out")

    def submit(self, order: Order, drink: str, by: str) -> None:
        chain = {
            "validating": ("check_store_open", "check_capacity", "await_customer"),
            "submitted": ("assign_number", "await_barista"),
        }
        for step in chain.get(order.status, ()):
            self.step(order, step)
        if order.status == "choosing":
            self._choose(drink)
            if not self.in_time(order):
                return self._refuse(order, "submit", by)
            order.drink, order.submitted = drink, True
            self._get_in_line(order)
            return self._move(order, "submit", "submitted", None, by)
        if order.status != "queued":
            return self._refuse(order, "submit", by)
        if order.drink == drink:
            return None
        self._choose(drink)
        if not self.in_time(order):
            return self._refuse(order, "swap", by)
        order.drink = drink
        return self._move(order, "swap", "queued", "OrderChanged", by)

    def extend(self, order: Order, by: str) -> None:
        if order.status == "choosing" and order.extensions >= 10:
            raise Refused("no_more_time")
        if order.status != "choosing" or not self.in_time(order):
            return self._refuse(order, "extend", by)
        order.extensions += 1
        return self._move(order, "extend", "choosing", None, by)

    def withdraw(self, order: Order, by: str) -> None:
        if order.status in {"making", "ready"} or not self.in_time(order):
            return self._refuse(order, "withdraw", by)
        return self._move(order, "withdraw", "cancelled", "OrderCancelled", by)

    def _on_the_bar(self, order: Order) -> None:
        if order.status == "submitted":
            self.step(order, "assign_number")
            self.step(order, "await_barista")

    def claim(self, order: Order, by: str, *, take_over: bool) -> None:
        self._on_the_bar(order)
        if order.status == "making" and order.barista == by:
            return None
        if order.status == "queued" and self.in_time(order):
            command = "make"
        elif order.status == "making" and take_over:
            command = "take_over"
        else:
            return self._refuse(order, "make", by)
        order.barista, self.active = by, self.patience
        return self._move(order, command, "making", "MakeOrder", by)

    def release(self, order: Order, by: str) -> None:
        if order.status != "making":
            return self._refuse(order, "unmake", by)
        order.barista = None
        return self._move(order, "unmake", "queued", "UnmakeOrder", by)

    def complete(self, order: Order, by: str) -> None:
        self._on_the_bar(order)
        if order.status not in {"queued", "making"} or not self.in_time(order):
            return self._refuse(order, "complete", by)
        order.barista, order.completed, self.active = by, self.now, self.patience
        return self._move(order, "complete", "ready", "OrderCompleted", by)

    def recall(self, order: Order, by: str) -> None:
        if order.status != "ready" or not self.in_time(order) or self.now - order.completed >= RECALL_FOR:
            return self._refuse(order, "recall", by)
        order.barista, order.completed = by, None
        return self._move(order, "recall", "making", "OrderRecalled", by)

    def collect(self, order: Order, by: str) -> None:
        if order.status != "ready" or not self.in_time(order):
            return self._refuse(order, "collect", by)
        return self._move(order, "collect", "collected", "OrderCollected", by)

    def cancel(self, order: Order, by: str) -> None:
        if not self.in_time(order):
            return self._refuse(order, "cancel", by)
        self.active = self.patience
        return self._move(order, "cancel", "cancelled", "OrderCancelled", by)

    def walk_up(self, drink: str) -> Order:
        self._choose(drink)
        return self._type_in(Order("submitted", None, self.now, self.day, "walk_up", drink=drink))

    def remake(self, order: Order) -> Order:
        if order.status not in {"ready", "collected"}:
            raise Refused("too_late")
        again = Order("submitted", order.person, self.now, self.day, "remake", drink=order.drink)
        again.place = order.place
        return self._type_in(again)

    def _type_in(self, order: Order) -> Order:
        order.submitted, order.events = True, ["NewOrder"]
        self._get_in_line(order)
        self.orders.append(order)
        return order

    def pause(self) -> None:
        self._somebody_is_there()
        self.paused_at = self.now if self.paused_at is None else self.paused_at

    def desert(self) -> None:
        if self.open and self.paused_at is None:
            self.paused_at, self.deserted = self.now, True

    def resume(self) -> None:
        self._somebody_is_there()
        if self.paused_at is not None:
            self.paused_for, self.paused_at = self.paused_for + self.now - self.paused_at, None

    def _somebody_is_there(self) -> None:
        if self.deserted:
            self.deserted_for, self.deserted = self.deserted_for + self.now - self.paused_at, False

    def start_series(self) -> None:
        if self.last_number:
            self.series, self.last_number = self.series + 1, 0
