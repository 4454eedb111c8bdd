"""The bar against its rule book: Hypothesis plays both at once and looks for a difference.

All commands by everybody, clocks, changes of the store, and crashes: a chain's step arrives late, twice or
never, and the sweep comes when it likes. MODEL_EXAMPLES and MODEL_STEPS ask for a longer search.
"""

import os

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from hypothesis.stateful import run_state_machine_as_test as play

from config import services
from display import models
from orders import admission, commands, counting
from orders.sweep import sweep
from serverlesspresso.accounts.identity import Person

from .side_by_side import SideBySide

STAFF_ACTS = ("release", "complete", "complete", "recall", "recall", "collect", "cancel")
CUSTOMERS, STAFF, DRINKS = ("Alice", "Charlie", "Dana"), ("Bob", "Dana"), ("Espresso", "Lungo")
some, few = st.integers(0, 50), st.integers(0, 3)
"""Which of those there are, newest first: the number modulo their count."""


class Bars(SideBySide):
    """What people, clocks and workers may do, in any order."""

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
