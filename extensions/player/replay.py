"""Replay a recording: its events become orders in a store of their own, so that every screen shows them.

A recording is not trusted: what it says about people is left out, and what does not fit is refused by name.
Orders get new ids and numbers a new series, so the same recording can be played again and again.
"""

import datetime as dt
import re
from dataclasses import dataclass, field

from django.db import transaction

from serverlesspresso.extension_api import clock
from serverlesspresso.extension_api.bus import EVENT_TYPES
from serverlesspresso.extension_api.orders import EDGES, TERMINAL, Order, RecordedOrders, Status
from serverlesspresso.extension_api.people import Membership, Role, User
from serverlesspresso.extension_api.stores import Store

S = Status
UNKNOWN_DRINK = "Unknown drink"
"""The drink of an order whose recording never names one."""
NEW_ORDER, STARTED, UNAVAILABLE = (
    "Validator.NewOrder",
    "OrderProcessor.WorkflowStarted",
    "OrderProcessor.ShopUnavailable",
)
TIMED_OUT, FINISHED = "OrderProcessor.OrderTimeOut", "OrderProcessor.OrderFinished"
WAITING, CHANGED = "OrderManager.WaitingCompletion", "OrderManager.OrderChanged"
MADE, UNMADE = "OrderManager.MakeOrder", "OrderManager.UnmakeOrder"
COLLECTED, CANCELLED = "OrderManager.OrderCollected", "OrderManager.OrderCancelled"
CONFIG_CHANGED = "ConfigService.ConfigChanged"
TARGETS: dict[str, Status] = {edge.event: edge.target for edge in EDGES.values() if edge.event}
"""The status in which each event leaves its order, from the table of moves."""
_RANK = {S.VALIDATING: 0, S.CHOOSING: 1, S.SUBMITTED: 2, S.QUEUED: 3, S.MAKING: 4, S.READY: 5}
_ENDS = {
    S.COLLECTED: COLLECTED,
    S.CANCELLED: CANCELLED,
    S.TIMED_OUT: TIMED_OUT,
    S.REJECTED: UNAVAILABLE,
}
_UNSAID: dict[str, dict] = {
    NEW_ORDER: {"source": "scan"},
    UNAVAILABLE: {"reason": "store_closed"},
    MADE: {"take_over": False},
    UNMADE: {"reason": "released"},
    COLLECTED: {"reason": "collected"},
    CANCELLED: {"by": "staff", "reason": "other"},
}
"""What an event says if its recording does not."""
_SAYS = frozenset({"by", "clock", "reason", "source", "take_over"})
"""All that is taken from a recorded event: codes and flags. The rest comes from the new order, because the
recording's people, numbers and times are others."""
_CODE = re.compile(r"[a-z_]{1,30}")
_PARTS = ("store", "drink", "option", "group")


@dataclass(frozen=True)
class Fact:
    """One event of a recording: `order` and `barista` are its own names for them, None for none; `data` is
    its data, in the catalogue's fields. Drink and number may come from elsewhere in the recording."""

    type: str
    order: str | None = None
    data: dict = field(default_factory=dict)
    series: int | None = None
    number: int | None = None
    drink: str = ""
    modifiers: tuple[str, ...] = ()
    barista: str | None = None


class DoesNotFit(ValueError):
    """An event that cannot be played; its text is one of the reasons below."""


UNKNOWN, OVER, INCOMPLETE = "unknown here", "its order was over", "it lacks what such an event carries"


def check_fits(fact: Fact) -> None:
    """Raise DoesNotFit for an event that can never be played, whatever came before it."""
    if fact.type == CONFIG_CHANGED:
        return
    try:
        EVENT_TYPES[fact.type]
    except KeyError:
        raise DoesNotFit(UNKNOWN) from None
    if fact.order is None:
        raise DoesNotFit(INCOMPLETE)


class Replay:
    """One playing of one recording, into a store made for recordings; raises Refusal for any other."""

    def __init__(self, store: Store):
        self.recorded = RecordedOrders(store)
        self.store = store
        self.orders: dict[str, str] = {}
        self.series: dict[int | None, int] = {}
        self.baristas: dict[str, int] = {}

    @transaction.atomic
    def begin(self) -> None:
        """Open the store, and clear the screens of what an earlier playing left."""
        Store.objects.filter(pk=self.store.pk).update(is_open=True, paused_at=None)
        for order in self.recorded.unfinished():
            self._end(order, S.CANCELLED, {"by": "staff", "reason": "other"})

    def end(self) -> None:
        """Close the store, so that nobody scans a code of a recorded bar."""
        Store.objects.filter(pk=self.store.pk).update(is_open=False)

    @transaction.atomic
    def tell(self, fact: Fact) -> list[str]:
        """Play one event; returns the types written to the log, including an end that the recording left out.

        Raises DoesNotFit, and changes nothing, if it cannot be played.
        """
        check_fits(fact)
        if fact.type == CONFIG_CHANGED:
            return [self._configure(fact)]
        fields = set(EVENT_TYPES[fact.type].fields)
        self.recorded.lock()
        order = self._find(fact)
        if fact.type == FINISHED:
            return self._finish(order, fact)
        if order.status in TERMINAL:
            raise DoesNotFit(OVER)
        order = self._move(order, fact)
        self._publish(fact.type, order, {key: fact.data.get(key) for key in fields & _SAYS})
        return [fact.type]

    # -- orders ------------------------------------------------------------------------------------

    def _find(self, fact: Fact) -> Order:
        """The order, made if the recording names it for the first time (it may begin in mid-life)."""
        known = self.orders.get(str(fact.order))
        if known and (order := self.recorded.find(known)):
            return order
        order = self.recorded.create(fact.data.get("source"))
        self.orders[str(fact.order)] = order.pk
        return order

    def _move(self, order: Order, fact: Fact) -> Order:
        """Move the order to where the event leaves it, over steps the recording left out; never back if the
        table has no move back."""
        target = TARGETS.get(fact.type)
        ways = [edge for edge in EDGES.values() if edge.event == fact.type]
        legal = any(order.status in edge.sources for edge in ways)
        onward = target is not None and _RANK.get(target, 9) > _RANK[S(order.status)]
        if target is None or not (legal or onward):
            return order
        return self.recorded.move(order, target, **self._columns(order, fact, target))

    def _columns(self, order: Order, fact: Fact, target: Status) -> dict:
        now = clock.now()
        sets = self._drink(order, fact) if _RANK.get(target, 9) > 1 else {}
        if target in (S.QUEUED, S.MAKING, S.READY, S.COLLECTED):
            sets |= self._number(order, fact)
            sets |= {"submitted_at": order.submitted_at or now, "queued_at": order.queued_at or now}
        if target == S.QUEUED:
            sets |= {"barista": None, "claimed_at": None}
        elif target == S.MAKING:
            barista = self._barista(fact.barista) if fact.type == MADE else order.barista
            claimed = now if fact.type == MADE else order.claimed_at or now
            sets |= {"barista": barista, "claimed_at": claimed, "completed_at": None}
        elif target in (S.READY, S.COLLECTED):
            barista = order.barista or self._barista(fact.barista)
            sets |= {"barista": barista, "claimed_at": order.claimed_at or now}
            sets["completed_at"] = order.completed_at or now
        if target in TERMINAL:
            sets["reason"] = self._reason(fact, target)
        return sets

    def _drink(self, order: Order, fact: Fact) -> dict:
        says_so = fact.type in (WAITING, CHANGED) and fact.drink
        if order.drink and not says_so:
            return {}
        return {"drink": fact.drink or UNKNOWN_DRINK, "modifiers": list(fact.modifiers)}

    def _number(self, order: Order, fact: Fact) -> dict:
        """The recording's number in a new series; the next one if it has none, or gave it twice."""
        if order.number:
            return {}
        if fact.series not in self.series:
            self.series[fact.series] = self.recorded.start_series()
        return self.recorded.number(self.series[fact.series], fact.number)

    def _barista(self, name: str | None) -> User:
        """A stand-in at this store for each barista of the recording, whose identity stays unsaid."""
        called = f"Barista {self.baristas.setdefault(name or '', len(self.baristas) + 1)}"
        here = User.objects.filter(memberships__store=self.store, is_device=True, name=called)
        user = here.first() or User.objects.create_user(name=called, is_device=True)
        Membership.objects.get_or_create(user=user, store=self.store, defaults={"role": Role.BARISTA})
        return user

    def _reason(self, fact: Fact, target: Status) -> str:
        if target == S.TIMED_OUT:
            return "customer_timeout" if fact.data.get("clock") == "customer" else "barista_timeout"
        reason = fact.data.get("reason") or _UNSAID.get(fact.type, {}).get("reason", "")
        return reason if reason != "collected" and _is_code(reason) else ""

    # -- the end -----------------------------------------------------------------------------------

    def _finish(self, order: Order, fact: Fact) -> list[str]:
        """Publish the last event of an order, and what ended it if the recording left that out."""
        told = []
        if order.status not in TERMINAL:
            how = fact.data.get("status")
            target = S(how) if how in TERMINAL else S.COLLECTED
            order = self._move(order, Fact(**{**vars(fact), "type": _ENDS[target]}))
            self._publish(_ENDS[target], order, {})
            told = [_ENDS[target]]
        if not self.recorded.settle(order):
            raise DoesNotFit(OVER)
        self._publish(fact.type, order, {})
        return [*told, fact.type]

    def _end(self, order: Order, status: Status, says: dict) -> None:
        order = self.recorded.move(order, status, reason=says["reason"])
        self._publish(_ENDS[status], order, says)
        self._publish(FINISHED, order, {})

    # -- telling -----------------------------------------------------------------------------------

    def _publish(self, type: str, order: Order, says: dict) -> None:
        """Write an event to the log, from the order, the recording and the defaults."""
        unsaid: dict = {**_UNSAID.get(type, {})}
        if type == STARTED:
            unsaid["deadline_at"] = clock.text(clock.now() + dt.timedelta(seconds=self.store.customer_s))
        elif type == TIMED_OUT:
            unsaid["clock"] = order.reason.removesuffix("_timeout")
        said = {key: value for key, value in says.items() if isinstance(value, bool) or _is_code(value)}
        try:
            self.recorded.tell(type, order, **unsaid | said)
        except ValueError:
            raise DoesNotFit(INCOMPLETE) from None

    def _configure(self, fact: Fact) -> str:
        """Open, close or pause the store, or record that its menu changed, of which only the fact is
        known."""
        what, is_open, paused = (fact.data.get(key) for key in ("what", "open", "paused"))
        self.recorded.configure(
            what if what in _PARTS else "store",
            is_open=is_open if isinstance(is_open, bool) else None,
            paused=paused if isinstance(paused, bool) else None,
        )
        return CONFIG_CHANGED


def _is_code(value) -> bool:
    return isinstance(value, str) and _CODE.fullmatch(value) is not None
