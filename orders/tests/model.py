"""The rule book in memory: a bar without database, workers or threads. The model test plays it beside the
real one and compares.
"""

from dataclasses import dataclass

from .model_workflow import (
    COUNTS,
    GRACE,
    HOLD_LASTS,
    HOUR,
    LIVE,
    RECALL_FOR,
    Code,
    Hold,
    Order,
    Refused,
    Workflow,
)


@dataclass(eq=False)
class Bar(Workflow):
    """One store. Every method is one command; it raises Refused, and then has changed nothing but what
    was overdue anyway."""

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
