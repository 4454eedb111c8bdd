"""The real bar and the modelled one, side by side, and what must hold of both at any time."""

import datetime as dt

import pytest
from django.db import transaction
from django.db.models import Count, Q
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant

from bench.checker import legal
from config.models import Store
from conftest import make_store, make_user
from display import models, qr_codes
from orders import processor, workflow
from orders.models import LIVE, Order
from serverlesspresso.accounts.models import Role
from serverlesspresso.core import clock
from serverlesspresso.core.errors import Refusal
from serverlesspresso.events.models import Event

from . import model

DAY = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
STAFF_ACTS = ("release", "complete", "complete", "recall", "recall", "collect", "cancel")
CUSTOMERS, STAFF, DRINKS = ("Alice", "Charlie", "Dana"), ("Bob", "Dana"), ("Espresso", "Lungo")
some, few = st.integers(0, 50), st.integers(0, 3)
"""Which of those there are, newest first: the number modulo their count."""


class SideBySide(RuleBasedStateMachine):
    """The real bar and the modelled one, side by side."""

    def __init__(self):
        super().__init__()
        self.rollback = transaction.atomic()
        self.rollback.__enter__()
        self.patch = pytest.MonkeyPatch()
        for told in ("now", "exact"):
            self.patch.setattr(clock, told, lambda: DAY + dt.timedelta(seconds=self.bar.now))
        self.patch.setattr(workflow, "start", lambda steps, pk: self.mail.append((pk, steps)))
        self.mail, self.codes, self.holds, self.pairs, self.seen = [], {}, [], {}, {}

    def teardown(self):
        transaction.set_rollback(True)
        self.rollback.__exit__(None, None, None)
        self.patch.undo()

    @initialize(capacity=st.integers(1, 3), per_code=st.integers(1, 4), per_day=st.integers(0, 2))
    def opens(self, capacity, per_code, per_day):
        self.bar = model.Bar(capacity=capacity, per_day=per_day)
        store = make_store(capacity=capacity, per_code=per_code, per_day=per_day)
        store.drinks.create(name="Lungo", position=3)
        self.people = {name: make_user(name) for name in CUSTOMERS}
        self.people |= {"Bob": make_user("Bob", store, Role.BARISTA)}

    # -- both at once --------------------------------------------------------------------------

    @property
    def store(self):
        return Store.objects.get(slug="ABC")

    def both(self, real, modelled):
        """Do it in both bars; what they say must be the same. Their results, or nothing if refused."""
        self.bar.now += 1
        ours = theirs = refused = expected = None
        try:
            ours = real()
        except Refusal as refusal:
            refused = refusal.code
        try:
            theirs = modelled()
        except model.Refused as refusal:
            expected = str(refusal)
        assert refused == expected
        return (ours, theirs) if refused is None else None

    def code(self, which=0):
        """A code that is or was on the wall, newest first, in both bars."""
        current = qr_codes.current_code(self.store)
        if current.pk not in self.codes:
            ends = int((current.ends_at - DAY).total_seconds())
            assert all(old.replaced or old.ends <= self.bar.now for old in self.codes.values())
            self.codes[current.pk] = model.Code(ends=ends, budget=current.budget)
        pk = sorted(self.codes, reverse=True)[which % len(self.codes)]
        return models.Code.objects.select_related("store").get(pk=pk), self.codes[pk]

    def order(self, which, *, owned=False, going=False):
        """One of the orders, newest first, in both bars; with an owner, or not yet over, if asked for."""
        known = [pk for pk, o in self.pairs.items() if (o.person or not owned) and not (going and o.settled)]
        if not known:
            return None, None
        pk = known[-1 - which % len(known)]
        return processor.load(pk), self.pairs[pk]

    def ordered(self, results):
        if results:
            self.pairs[results[0].pk] = results[1]

    # -- what must hold ------------------------------------------------------------------------

    @invariant()
    def both_bars_are_the_same(self):
        for order in Order.objects.select_related("barista"):
            ours = self.pairs[order.pk]
            assert (order.status, order.drink, order.extensions, bool(order.settled_at)) == (
                ours.status,
                ours.drink,
                ours.extensions,
                ours.settled,
            )
            assert (order.series, order.number) == (ours.number or (None, None))
            assert (order.barista.name if order.barista else None) == ours.barista
        for pk, used in models.Code.objects.values_list("pk", "used"):
            assert self.codes[pk].used == used if pk in self.codes else used == 0

    @invariant()
    def the_log_tells_every_order_legally(self):
        log = list(Event.objects.order_by("sequence").values("sequence", "type", "order", "data"))
        assert [each["sequence"] for each in log] == list(range(1, len(log) + 1))
        for pk, ours in self.pairs.items():
            told = [each for each in log if each["order"] == pk]
            assert [each["type"].split(".")[1] for each in told] == ours.events
            assert legal(told, Order.objects.get(pk=pk).status) is None

    @invariant()
    def numbers_have_no_gap(self):
        given = (
            Order.objects.filter(number__isnull=False)
            .values("series")
            .annotate(count=Count("pk"), distinct=Count("number", distinct=True))
        )
        for each in given:
            numbers = Order.objects.filter(series=each["series"]).values_list("number", flat=True)
            assert sorted(n for n in numbers if n) == list(range(1, each["count"] + 1))

    @invariant()
    def no_code_is_oversold_and_no_hold_forgotten(self):
        kept = Count("holds", filter=Q(holds__returned_at=None))
        for code in models.Code.objects.annotate(kept=kept):
            assert code.used == code.kept <= code.budget

    @invariant()
    def nobody_has_two_live_orders(self):
        live = Order.objects.filter(status__in=LIVE, customer__isnull=False).exclude(source="remake")
        assert not live.values("customer").annotate(count=Count("pk")).filter(count__gt=1).exists()

    @invariant()
    def scans_never_exceed_the_room(self):
        """Those scanned just now came in only because there was room with them."""
        live = Order.objects.filter(status__in=LIVE)
        newest = live.filter(source="scan", created_at=clock.now()).exists()
        assert not newest or live.count() <= self.bar.capacity
