"""The bar against its rule book: Hypothesis plays both at once and looks for a difference.

All commands by everybody, clocks, changes of the store, and crashes: a chain's step arrives late, twice or
never, and the sweep comes when it likes. MODEL_EXAMPLES and MODEL_STEPS ask for a longer search.
"""

import datetime as dt
import os

import pytest
from django.db import transaction
from django.db.models import Count, Q
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as play

from bench.checker import legal
from config import services
from config.models import Store
from conftest import make_store, make_user
from display import models, qr_codes
from orders import admission, commands, counting, processor, workflow
from orders.models import LIVE, Order
from orders.sweep import sweep
from serverlesspresso.accounts.identity import Person
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


class Bars(RuleBasedStateMachine):
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

    # -- scanning ------------------------------------------------------------------------------

    @rule(who=st.sampled_from(CUSTOMERS), which=st.sampled_from([0, 0, 0, 1, 2]))
    def scans_by_api(self, who, which):
        real, modelled = self.code(which)
        person = Person(self.people[who])
        self.ordered(
            self.both(
                lambda: admission.scan_and_create(self.store, real.token, person),
                lambda: self.bar.scan_and_place(modelled, who),
            )
        )

    @rule(who=st.sampled_from(CUSTOMERS), which=st.sampled_from([0, 0, 0, 1]))
    def scans_by_phone(self, who, which):
        real, modelled = self.code(which)
        person = Person(self.people[who])
        if found := self.both(lambda: admission.scan(real, person), lambda: self.bar.scan(modelled, who)):
            self.holds.append((found[0].pk, found[1]))

    @precondition(lambda self: self.holds)
    @rule(which=some)
    def signs_in(self, which):
        pk, modelled = self.holds[which % len(self.holds)]
        real = models.Hold.objects.select_related("code__store").get(pk=pk)
        person = Person(self.people[modelled.person])
        self.ordered(
            self.both(lambda: admission.create_order(real, person), lambda: self.bar.place(modelled))
        )

    # -- the owner and staff -------------------------------------------------------------------

    @precondition(lambda self: any(order.person for order in self.pairs.values()))
    @rule(
        which=some,
        drink=st.sampled_from(DRINKS),
        act=st.sampled_from(["submit", "submit", "extend", "withdraw"]),
    )
    def owner_acts(self, which, drink, act):
        real, modelled = self.order(which, owned=True)
        who = modelled.person
        by = self.people[who]
        if act == "submit":
            self.both(
                lambda: commands.submit(real, drink=drink, modifiers=[], by=by),
                lambda: self.bar.submit(modelled, drink, who),
            )
        else:
            self.both(
                lambda: getattr(commands, act)(real, by=by), lambda: getattr(self.bar, act)(modelled, who)
            )

    @precondition(lambda self: self.pairs)
    @rule(which=few, who=st.sampled_from(STAFF), take_over=st.booleans())
    def barista_claims(self, which, who, take_over):
        real, modelled = self.order(which)
        self.both(
            lambda: commands.claim(real, by=self.people[who], take_over=take_over),
            lambda: self.bar.claim(modelled, who, take_over=take_over),
        )

    @precondition(lambda self: self.pairs)
    @rule(
        which=some,
        who=st.sampled_from(STAFF),
        act=st.sampled_from(["release", "complete", "complete", "recall", "collect", "cancel"]),
    )
    def barista_acts(self, which, who, act):
        real, modelled = self.order(which)
        by = self.people[who]
        self.both(lambda: getattr(commands, act)(real, by=by), lambda: getattr(self.bar, act)(modelled, who))

    @rule(which=some, drink=st.sampled_from(DRINKS), what=st.sampled_from(["walk_up", "remake", "grant"]))
    def somebody_asks_at_the_bar(self, which, drink, what):
        real, modelled = self.order(which)
        bob = self.people["Bob"]
        if what == "walk_up" or real is None:
            ours = lambda: commands.walk_up(self.store, by=bob, drink=drink, modifiers=[])  # noqa: E731
            self.ordered(self.both(ours, lambda: self.bar.walk_up(drink)))
        elif what == "remake":
            self.ordered(self.both(lambda: commands.remake(real, by=bob), lambda: self.bar.remake(modelled)))
        elif modelled.person:
            commands.grant_one_more(real, by=bob)
            self.bar.grants.append((modelled.person, self.bar.day))

    @rule(which=few, times=st.integers(1, 4), drink=st.sampled_from(DRINKS), who=st.sampled_from(STAFF))
    def all_goes_well(self, which, times, drink, who):
        """An order goes on as orders mostly do, so that the search gets to where lives are long."""
        for _ in range(times):
            real, modelled = self.order(which, going=True)
            if real is None:
                self.scans_by_api(CUSTOMERS[which % 3], 0)
            elif modelled.status in ("choosing", "queued", "making", "ready"):
                self._goes_on(real, modelled, drink, who)
            else:
                self._sweep(2)

    def _goes_on(self, real, modelled, drink, who):
        by, owner, bar = self.people[who], modelled.person, self.bar
        acts = {
            "choosing": (commands.submit, {"drink": drink, "modifiers": [], "by": self.people.get(owner)}),
            "queued": (commands.claim, {"by": by}),
            "making": (commands.complete, {"by": by}),
            "ready": (commands.collect, {"by": by}),
        }
        plays = {
            "choosing": lambda: bar.submit(modelled, drink, owner),
            "queued": lambda: bar.claim(modelled, who, take_over=False),
            "making": lambda: bar.complete(modelled, who),
            "ready": lambda: bar.collect(modelled, who),
        }
        act, how = acts[modelled.status]
        self.both(lambda: act(real, **how), plays[modelled.status])

    # -- the store -----------------------------------------------------------------------------

    @rule(
        what=st.sampled_from(["doors", "doors", "limits", "menu", "code", "series"]),
        act=st.sampled_from(["open", "close", "pause", "desert", "desert", "resume", "resume"]),
        number=st.integers(1, 4),
        drink=st.sampled_from(DRINKS),
        available=st.booleans(),
    )
    def the_store_changes(self, what, act, number, drink, available):
        if what == "doors":
            self._doors(act)
        elif what == "limits":
            store = self.store
            store.capacity, store.per_day = self.bar.capacity, self.bar.per_day = number, number - 1
            store.save(update_fields=["capacity", "per_day"])
        elif what == "menu":
            services.set_available(self.store, drink, available)
            (self.bar.sold_out.discard if available else self.bar.sold_out.add)(drink)
        elif what == "code":
            self.code()[1].replaced = True
            commands.new_code(self.store)
        else:
            counting.start_series(self.store)
            self.bar.start_series()

    def _doors(self, act):
        if act in ("open", "close"):
            services.set_status(self.store, open=act == "open")
            self.bar.open = act == "open"
            if self.bar.deserted:
                self.bar.resume()
            return
        if act == "desert":
            services.pause_by_itself(self.store)
        else:
            services.set_status(self.store, paused=act == "pause")
        getattr(self.bar, act)()

    # -- time and workers ----------------------------------------------------------------------

    @rule(seconds=st.sampled_from([0, 2, 59, 61, 239, 299, 299, 601]), sweeps=st.integers(0, 4))
    def time_passes(self, seconds, sweeps):
        """With the sweep running, or with nobody there to look."""
        for _ in range(sweeps):
            self._sweep(seconds)
        self.bar.now += seconds

    def _sweep(self, seconds):
        self.bar.now += seconds
        sweep()
        self.bar.sweep()

    @precondition(lambda self: self.mail)
    @rule(which=some, steps=st.integers(1, 3), again=st.booleans())
    def a_message_arrives(self, which, steps, again):
        """A chain goes on for some steps, then perhaps its worker dies; a message may come again later."""
        pk, chain = self.mail[-1 - which % len(self.mail)]
        for step in chain[:steps]:
            step(pk)
            self.bar.step(self.pairs[pk], step.__name__)
        if not again:
            self.mail.remove((pk, chain))

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


@pytest.mark.django_db
def test_the_bar_does_what_the_rule_book_says():
    examples, steps = int(os.environ.get("MODEL_EXAMPLES", "25")), int(os.environ.get("MODEL_STEPS", "40"))
    play(
        Bars,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.generate, Phase.shrink),
        ),
    )
