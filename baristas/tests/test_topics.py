"""The baristas' frames: small, repeatable, and the same for everybody."""

import datetime as dt
import re

import pytest
from django.utils import translation

from baristas.topics import BaristaTopic
from config import services
from config.models import Drink
from conftest import choosing, make_store, make_user, making, queued, ready
from display import qr_codes
from orders import commands
from orders.events import ORDER_FINISHED, WORKFLOW_STARTED
from orders.models import Order, Watch
from serverlesspresso.accounts.models import Role
from serverlesspresso.core import clock
from serverlesspresso.events.models import Event

TOPIC = BaristaTopic()
LIMIT = 2048
"""Bytes of one live update."""


def news(after=0, store="ABC"):
    return list(Event.objects.filter(store=store, sequence__gt=after).order_by("sequence"))


def of_orders():
    """Every event of an order, without those of setting up the store."""
    return [event for event in news() if event.order]


def head(store="ABC"):
    return Event.objects.filter(store=store).count()


def delta(act, *args, **kwargs):
    """What a tablet hears of one act."""
    before = head()
    act(*args, **kwargs)
    return TOPIC.delta("ABC", news(before)).html


def lies_in(html):
    """Column by order, as a browser would have it after applying removals and appends in turn."""
    lying = {}
    for gone, column, order in re.findall(
        r'<i id="gone" data-ids="([^"]*)"|beforeend:#col-(\w+)"><li id="o-([\w-]+)"', html
    ):
        for each in gone.split():
            lying.pop(each.removeprefix("o-"), None)
        if column:
            lying.setdefault(order, []).append(column)
    return lying


class TestDelta:
    def test_an_order_moves_to_its_column(self, store, alice, bob):
        order = queued(alice, store)
        assert lies_in(delta(commands.claim, order, by=bob)) == {order.pk: ["making"]}

    def test_what_left_the_bar_only_vanishes(self, store, alice, bob):
        order = ready(alice, store, bob)

        html = delta(commands.collect, order, by=bob)

        assert f'data-ids="o-{order.pk} "' in html
        assert lies_in(html) == {}

    def test_who_still_chooses_is_not_shown_but_counted(self, store, alice):
        html = delta(choosing, alice, store)

        assert lies_in(html) == {}
        assert '<b id="n-live">1</b> / 20' in html

    def test_applied_twice_it_is_as_applied_once(self, store, alice, bob):
        order = making(alice, store, bob)
        html = TOPIC.delta("ABC", of_orders()).html

        assert lies_in(html + html) == lies_in(html) == {order.pk: ["making"]}

    def test_it_shows_how_things_are_now_not_how_they_were(self, store, alice, bob):
        order = queued(alice, store)
        first = of_orders()
        commands.claim(order, by=bob)

        assert lies_in(TOPIC.delta("ABC", first).html) == {order.pk: ["making"]}

    def test_two_orders_at_once(self, store, alice, charlie):
        both = [queued(alice, store), queued(charlie, store)]
        assert lies_in(TOPIC.delta("ABC", of_orders()).html) == {order.pk: ["waiting"] for order in both}

    def test_a_pause_changes_the_header_and_no_ticket(self, store, alice):
        queued(alice, store)

        html = delta(services.set_status, store, paused=True)

        assert "Resume" in html
        assert lies_in(html) == {}
        assert "ticket" not in html

    def test_what_runs_out_asks_for_a_snapshot_because_any_ticket_may_be_flagged(self, store):
        before = head()
        services.set_available(store, "Espresso", available=False)
        assert TOPIC.delta("ABC", news(before)) is None

    def test_without_events_only_what_the_log_does_not_record_is_sent(self, store, alice):
        queued(alice, store)
        qr_codes.current_code(store)

        html = TOPIC.delta("ABC", []).html

        assert re.findall(r'id="([\w-]+)"', html) == ["left", "series", "slow", "struck"]
        assert "<b>9</b> left on the code" in html


class TestSize:
    """One live update fits into 2 KiB, in every language, with the longest names."""

    @pytest.mark.parametrize("language", ["en", "pt-br"])
    @pytest.mark.parametrize("bring", [queued, making, ready])
    def test_one_order(self, store, bring, language):
        slow = make_user("W" * 60, store, Role.BARISTA)
        alice = make_user("Alice Wonderland in the long queue"[:30])
        order = bring(
            alice, store, *([] if bring is queued else [slow]), drink="Cappuccino", modifiers=["Oat"]
        )
        Order.objects.filter(pk=order.pk).update(number=1234)

        with translation.override(language):
            html = TOPIC.delta("ABC", of_orders()).html

        assert len(html.encode()) <= LIMIT

    def test_the_code_on_the_screens(self, store):
        qr_codes.current_code(store)
        assert len(TOPIC.delta("ABC", []).html.encode()) <= LIMIT // 2


class TestPrivacy:
    def test_a_frame_is_the_same_for_everybody(self, store, alice, bob, dana):
        making(alice, store, bob)
        html = TOPIC.snapshot("ABC").html

        for secret in ("csrf", "nonce", "data-me", "ticket--mine", "alice@example.org"):
            assert secret not in html
        assert f'data-barista="{bob.pk}"' in html

    def test_no_frame_carries_a_codes_token(self, store):
        token = qr_codes.current_code(store).token
        assert token not in TOPIC.snapshot("ABC").html + TOPIC.delta("ABC", []).html

    def test_staff_of_the_store_may_listen_and_nobody_else(self, store, alice, bob, dana, screen):
        bea = make_user("Bea", make_store("XYZ"), Role.BARISTA)

        assert [TOPIC.allowed(u.pk, "ABC") for u in (bob, dana)] == [True, True]
        assert [TOPIC.allowed(u, "ABC") for u in (alice.pk, screen.pk, bea.pk, None)] == [False] * 4
        assert not TOPIC.allowed(bob.pk, "NONE")

    def test_there_is_a_topic_for_every_store_there_is(self, store):
        assert (TOPIC.store("ABC"), TOPIC.store("NONE")) == ("ABC", None)


class TestSnapshot:
    def test_it_takes_as_many_queries_for_one_order_as_for_thirty(
        self, store, bob, on_commit, django_assert_num_queries
    ):
        for n in (1, 2, 27):
            with on_commit():
                for _ in range(n):
                    commands.walk_up(store, by=bob, drink="Cappuccino", modifiers=["Oat"])
            with django_assert_num_queries(8):
                TOPIC.snapshot("ABC")

    def test_labels_are_in_the_readers_language(self, store, alice):
        queued(alice, store, "Cappuccino", ["Oat"])

        with translation.override("pt-br"):
            html = TOPIC.snapshot("ABC").html

        assert '<span class="tag tag--special">Aveia</span>' in html
        assert 'value="Oat"' in html  # what is posted stays the name

    def test_the_usual_option_is_quiet_and_any_other_stands_out(self, store, alice, charlie):
        queued(alice, store, "Cappuccino", ["Regular"])
        queued(charlie, store, "Cappuccino", ["Oat"])

        tags = re.findall(r'<span class="(tag[^"]*)">(\w+)<', TOPIC.snapshot("ABC").html)

        assert tags == [("tag", "Regular"), ("tag tag--special", "Oat")]

    def test_a_drink_that_left_the_menu_keeps_its_name_and_is_flagged(self, store, alice):
        queued(alice, store)
        Drink.objects.get(name="Espresso").delete()

        html = TOPIC.snapshot("ABC").html

        assert '<span class="ticket__drink">Espresso</span>' in html
        assert "ticket--flagged" in html

    def test_a_drink_being_made_is_not_flagged_any_more(self, store, alice, bob):
        making(alice, store, bob)
        services.set_available(store, "Espresso", available=False)
        assert "ticket--flagged" not in TOPIC.snapshot("ABC").html

    def test_walk_ups_preselect_the_first_option_there_is(self, store):
        services.set_available(store, "Cappuccino", available=False, option="Regular")
        html = TOPIC.snapshot("ABC").html
        assert re.findall(r'value="(\w+)"\s+checked', html) == ["Oat"]
        assert re.findall(r'value="(\w+)"\s+disabled', html) == ["Regular"]


class TestStandsStill:
    def still(self):
        found = re.search(
            r'id="still" hx-swap-oob="true"(?:\s+data-since="(.*?)" data-warn="(.*?)")?',
            TOPIC.snapshot("ABC").html,
        )
        return found.groups()

    def test_the_clock_runs_from_the_oldest_waiting_order(self, store, alice, charlie):
        first = queued(alice, store)
        clock.advance(100)
        queued(charlie, store)

        assert self.still() == (clock.text(first.queued_at), "600")

    def test_a_barista_at_work_winds_it_up(self, store, alice, charlie, bob):
        order = queued(alice, store)
        queued(charlie, store)
        clock.advance(300)
        claimed = commands.claim(order, by=bob)

        assert self.still()[0] == clock.text(claimed.claimed_at.astimezone(dt.UTC))

    def test_it_stands_while_paused_and_goes_on_where_it_was(self, store, alice):
        order = queued(alice, store)
        clock.advance(100)
        paused = services.set_status(store, paused=True)
        assert self.still() == (None, None)
        clock.advance(500)
        services.set_status(paused, paused=False)

        began = clock.now() - dt.timedelta(seconds=100)
        seen = dt.datetime.fromisoformat(self.still()[0])
        assert abs((seen - began).total_seconds()) < 1
        assert seen > order.queued_at

    def test_in_a_pause_that_the_bar_took_by_itself_it_goes_on(self, store, alice):
        order = queued(alice, store)
        clock.advance(100)
        services.pause_by_itself(store)
        clock.advance(600)
        assert self.still()[0] == clock.text(order.queued_at)

    def test_with_nobody_waiting_nothing_stands_still(self, store):
        assert self.still() == (None, None)


class TestVersions:
    def test_they_change_with_the_code_and_with_what_is_left_of_it(self, store, alice):
        seen = [TOPIC.versions({"ABC"})["ABC"]]
        qr_codes.current_code(store)
        seen.append(TOPIC.versions({"ABC"})["ABC"])
        choosing(alice, store)
        seen.append(TOPIC.versions({"ABC"})["ABC"])
        qr_codes.new_code_now(store)
        seen.append(TOPIC.versions({"ABC"})["ABC"])

        assert len(set(seen)) == 4

    def test_two_queries_for_all_stores(self, store, django_assert_num_queries):
        make_store("XYZ")
        with django_assert_num_queries(2):
            assert TOPIC.versions({"ABC", "XYZ"}) == {"ABC": 0, "XYZ": 0}


def test_that_somebody_chooses_and_the_settling_of_an_order_concern_no_tablet(store, alice, bob, on_commit):
    order = ready(alice, store, bob)
    with on_commit():
        commands.collect(order, by=bob)

    types = [event.type for event in news()]
    assert types[-1] == ORDER_FINISHED
    assert [e.type for e in news() if not TOPIC.concerns("ABC", e, None)] == [
        WORKFLOW_STARTED,
        ORDER_FINISHED,
    ]
    assert len(types) > 5


def test_whoever_listens_is_behind_the_bar(store):
    TOPIC.present({"ABC", "NONE"})
    assert list(Watch.objects.values_list("store__slug", flat=True)) == ["ABC"]
