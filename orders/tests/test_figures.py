"""Figures: of orders and drinks, in the store's own hours, without rehearsals and without anybody's name."""

import datetime as dt

import pytest

from conftest import make_store, make_user, queued, ready
from orders import commands, reports
from orders.models import Order
from serverlesspresso.core import clock
from serverlesspresso.core.errors import Refusal

pytestmark = pytest.mark.django_db


def at(hour: int, minute: int = 0) -> None:
    """Go to that time on Monday, 1 March 2027, UTC."""
    moment = dt.datetime(2027, 3, 1, hour, minute, tzinfo=dt.UTC)
    clock.advance((moment - clock.now()).total_seconds())


@pytest.fixture
def day(store, bob):
    """Two drinks collected after 2 and 4 minutes, one nobody came for, one cancelled, one timed out."""
    store.timezone = "America/Sao_Paulo"
    store.save()
    for number, minutes in enumerate((2, 4)):
        at(12, 10 * number)
        order = queued(make_user(f"Guest{number}"), store, drink="Cappuccino", modifiers=["Oat"])
        clock.advance(60 * minutes - 30)
        done = commands.complete(order, by=bob)
        clock.advance(30)
        commands.collect(done, by=bob)
    at(13, 30)
    order = ready(make_user("Late"), store, bob)
    clock.advance(store.pickup_s + 1)
    from orders import deadlines

    deadlines.settle_overdue(store)
    commands.cancel(queued(make_user("Gone"), store), by=bob, reason="machine")
    queued(make_user("Slow"), store)
    clock.advance(store.barista_s + 1)
    deadlines.settle_overdue(store)
    return order


def test_drinks_are_counted_by_what_became_of_them(store, day):
    found = reports.of(store)
    assert (found.orders, found.drinks, found.collected, found.not_collected) == (5, 3, 2, 1)
    assert found.ended == [("cancelled", "machine", 1), ("timed_out", "barista_timeout", 1)]


def test_drinks_and_options_are_counted_most_first(store, day):
    found = reports.of(store)
    assert found.by_drink == [("Cappuccino", 2), ("Espresso", 1)]
    assert found.by_modifier == [("Oat", 2)]
    assert found.by_source == [("scan", 5)]


def test_hours_are_the_stores_own(store, day):
    """Noon in London is nine o'clock in São Paulo."""
    assert [(hour.hour, count) for hour, count in reports.of(store).by_hour] == [(9, 2), (10, 1)]
    assert reports.of(store).busiest == 2


def test_waits_run_from_the_order_to_ready_and_to_the_hand(store, day):
    found = reports.of(store)
    assert found.to_collected.count == 2, "what nobody came for was in nobody's hand"
    assert [round(minutes) for minutes in found.to_collected.minutes] == [2, 4, 4, 4]
    assert found.to_ready.count == 3


def test_one_day_can_be_looked_at(store, day):
    clock.advance(86_400)
    queued(make_user("Tomorrow"), store)
    assert len(reports.days(store)) == 2
    assert reports.of(store, reports.days(store)[1]).orders == 1


def test_a_store_without_orders_has_figures_of_nought(store):
    found = reports.of(store)
    assert (found.orders, found.by_hour, found.to_ready, found.busiest) == (0, [], None, 1)


@pytest.mark.parametrize("kind", ["robots", "recording"])
def test_rehearsals_and_recordings_stay_out(db, kind):
    with pytest.raises(Refusal) as refusal:
        reports.of(make_store("REH", kind=kind))
    assert refusal.value.code == "no_figures"


def test_other_stores_are_not_counted(store, day):
    assert reports.of(make_store("XYZ")).orders == 0
    assert Order.objects.count() == 5
