"""What a crew does beside making drinks."""

import pytest

from conftest import choosing, make_user, making, queued, ready
from orders import commands, staff_commands
from orders.errors import OrderError
from orders.events import MAKE_ORDER, ORDER_CALLED
from orders.models import Order, Status
from serverlesspresso.accounts.models import Role
from serverlesspresso.core import clock
from serverlesspresso.events.models import Event

pytestmark = pytest.mark.django_db


def told(type: str) -> list[Event]:
    """The events of a type, in the order they were told."""
    return list(Event.objects.filter(type=type).order_by("sequence"))


@pytest.fixture
def ana(store):
    return make_user("Ana", store, Role.BARISTA)


class TestCallingAgain:
    def test_it_is_told_and_the_drink_waits_no_longer_for_it(self, alice, bob, store):
        order = ready(alice, store, bob)
        clock.advance(60)

        called = staff_commands.call_again(order, by=bob)

        assert (called.status, called.version) == (Status.READY, order.version + 1)
        assert order.completed_at < called.called_at <= clock.now()
        assert called.deadline_at == order.deadline_at
        assert [event.data for event in told(ORDER_CALLED)] == [{"number": 1}]

    def test_what_is_not_ready_cannot_be_called(self, alice, bob, store):
        order = making(alice, store, bob)
        with pytest.raises(OrderError):
            staff_commands.call_again(order, by=bob)
        assert told(ORDER_CALLED) == []

    def test_whose_time_is_up_is_not_called_any_more(self, alice, bob, store):
        order = ready(alice, store, bob)
        clock.advance(600)
        with pytest.raises(OrderError) as refused:
            staff_commands.call_again(order, by=bob)
        assert refused.value.order_status == Status.COLLECTED


class TestTakingOver:
    def test_everything_a_colleague_is_making_is_taken_over_with_an_event_each(
        self, alice, charlie, ana, bob, store
    ):
        orders = [making(who, store, ana) for who in (alice, charlie)]
        mine = making(make_user("Eve"), store, bob)
        before = len(told(MAKE_ORDER))

        taken = staff_commands.take_over_all(store, ana, by=bob)

        assert taken == orders
        assert set(Order.objects.filter(barista=bob)) == {*orders, mine}
        assert [(e.order, e.data["take_over"]) for e in told(MAKE_ORDER)[before:]] == [
            (order.pk, True) for order in orders
        ]

    def test_nothing_to_take_over_changes_nothing(self, ana, bob, store):
        assert staff_commands.take_over_all(store, ana, by=bob) == []

    def test_it_can_be_handed_back(self, alice, charlie, ana, bob, store):
        orders = [making(who, store, ana) for who in (alice, charlie)]
        staff_commands.take_over_all(store, ana, by=bob)

        given = staff_commands.hand_back(store, [order.pk for order in orders], to=ana, by=bob)

        assert given == orders
        assert Order.objects.filter(barista=ana, status=Status.MAKING).count() == 2

    def test_nobody_hands_back_what_is_not_theirs(self, alice, ana, bob, store):
        order = making(alice, store, ana)
        with pytest.raises(OrderError):
            staff_commands.hand_back(store, [order.pk], to=bob, by=bob)
        order.refresh_from_db()
        assert order.barista == ana


class TestCancelledTickets:
    def struck(self) -> list[str]:
        return [order.pk for order in Order.objects.filter(struck=True)]

    def test_what_its_owner_cancels_lies_struck_through_until_somebody_has_seen_it(self, alice, bob, store):
        order = commands.withdraw(queued(alice, store), by=alice)
        assert self.struck() == [order.pk]

        assert staff_commands.see_cancelled(store, [order.pk]) == 1

        assert self.struck() == []
        assert staff_commands.see_cancelled(store, [order.pk]) == 0

    def test_what_a_colleague_cancels_under_ones_hands_does_too(self, alice, ana, bob, store):
        order = commands.cancel(making(alice, store, ana), by=bob)
        assert self.struck() == [order.pk]

    @pytest.mark.parametrize("bring", [queued, making, ready])
    def test_who_cancels_a_ticket_has_seen_it(self, alice, bob, store, bring):
        commands.cancel(bring(alice, store, *([] if bring is queued else [bob])), by=bob)
        assert self.struck() == []

    def test_what_never_lay_on_the_bar_leaves_nothing_behind(self, alice, store):
        commands.withdraw(choosing(alice, store), by=alice)
        assert self.struck() == []

    def test_all_can_be_seen_at_once(self, alice, charlie, store):
        for who in (alice, charlie):
            commands.withdraw(queued(who, store), by=who)
        assert staff_commands.see_cancelled(store) == 2
        assert self.struck() == []
