"""Counting: each event once, in any number of batches, and the same figures again from a replay."""

import datetime as dt

import pytest

from config.models import Store
from conftest import choosing, make_store, making, queued, ready
from extensions.metrics import counting, figures
from extensions.metrics.models import Kind, Pending, Tally
from orders import commands, processor
from orders import reports as whole
from serverlesspresso.core import clock
from serverlesspresso.events.models import Event
from serverlesspresso.events.tests import bus


@pytest.fixture
def day(store) -> dt.date:
    return store.local_day(clock.now())


def end(order, act, **kwargs) -> None:
    processor.settle(act(order, **kwargs).pk)


def counted(store) -> dict:
    rows = Tally.objects.filter(store=store.slug, count__gt=0).values_list("kind", "name", "count")
    return {(kind, name): count for kind, name, count in rows}


def a_morning(store, alice, bob, charlie) -> None:
    """Two collected drinks, one recalled in between, one cancelled, one never chosen."""
    first = ready(alice, store, bob, drink="Cappuccino", modifiers=["Oat"])
    clock.advance(60)
    end(first, commands.collect, by=alice)
    again = ready(alice, store, bob)
    again = commands.complete(commands.recall(again, by=bob), by=bob)
    end(again, commands.collect, by=bob)
    end(making(alice, store, bob), commands.cancel, by=bob)
    end(choosing(charlie, store), commands.withdraw, by=charlie)


@pytest.fixture
def store(db) -> Store:
    return make_store(per_day=0, per_code=1000)


def test_drinks_modifiers_hours_and_ends(store, alice, bob, charlie, day):
    a_morning(store, alice, bob, charlie)
    bus.deliver()
    found = figures.of(store, day)
    assert found.drinks == [("Cappuccino", 1), ("Espresso", 1)]
    assert found.modifiers == [("Oat", 1)]
    assert found.made == sum(count for _hour, count in found.hours) == 2
    assert found.orders == 4
    assert found.ends == {"collected": 2, "not_collected": 0, "cancelled": 2, "timed_out": 0, "rejected": 0}


def test_waits_are_measured_to_five_percent(store, alice, bob, day):
    order = making(alice, store, bob)
    clock.advance(200)
    order = commands.complete(order, by=bob)
    clock.advance(90)
    end(order, commands.collect, by=alice)
    bus.deliver()
    found = figures.of(store, day)
    assert found.waits[80] == pytest.approx(200, rel=0.06)
    assert found.pickups[80] == pytest.approx(90, rel=0.06)


def test_of_an_order_nothing_is_kept_once_its_books_are_settled(store, alice, bob):
    order = queued(alice, store)
    bus.deliver()
    assert Pending.objects.get().order == order.pk
    end(order, commands.cancel, by=bob)
    bus.deliver()
    assert not Pending.objects.exists()


def test_the_same_figures_in_batches_of_any_size_and_from_a_replay(store, alice, bob, charlie):
    a_morning(store, alice, bob, charlie)
    events = list(Event.objects.filter(store=store.slug).order_by("sequence"))
    results = []
    for size in (1, 3, len(events)):
        counting.forget(store.slug)
        for start in range(0, len(events), size):
            counting.count(events[start : start + size])
        results.append(counted(store))
    assert results[0] == results[1] == results[2]
    assert results[0][Kind.ORDERS, "scan"] == 4


def test_a_day_is_a_day_at_the_store(store, alice, bob):
    Store.objects.filter(pk=store.pk).update(timezone="Pacific/Auckland")
    store.refresh_from_db()
    ready(alice, store, bob)
    bus.deliver()
    assert set(Tally.objects.values_list("day", flat=True)) == {store.local_day(clock.now())}


def test_without_its_subscriber_nothing_is_counted(store, alice, bob):
    ready(alice, store, bob)
    assert not Tally.objects.exists()
    bus.deliver(["journey"])
    assert not Tally.objects.exists()
    bus.deliver(["metrics"])
    assert Tally.objects.exists()


def test_an_empty_day_has_no_waits_and_no_busiest_hour(store, day):
    found = figures.of(store, day)
    assert found.busiest is None
    assert set(found.waits.values()) == {None}


def waited(store) -> int:
    """For how many drinks a wait was counted."""
    return sum(count for (kind, _name), count in counted(store).items() if kind == Kind.WAITS)


def test_a_wait_is_counted_when_the_drink_is_ready_and_a_recall_takes_it_back(store, alice, bob):
    order = ready(alice, store, bob)
    bus.deliver()
    assert waited(store) == 1
    order = commands.recall(order, by=bob)
    bus.deliver()
    assert waited(store) == 0
    clock.advance(120)
    end(commands.complete(order, by=bob), commands.collect, by=bob)
    bus.deliver()
    assert waited(store) == 1


def test_the_dashboard_and_the_organisers_figures_agree_to_the_drink(store, alice, bob, charlie):
    """Also while drinks stand on the bar, and over midnight at the store."""
    Store.objects.filter(pk=store.pk).update(timezone="Pacific/Auckland")
    store.refresh_from_db()
    a_morning(store, alice, bob, charlie)
    midnight = store.day_bounds(store.local_day(clock.now()))[1]
    late = making(charlie, store, bob)
    clock.advance((midnight - clock.now()).total_seconds() + 60)
    commands.complete(late, by=bob)
    ready(alice, store, bob)
    commands.recall(ready(alice, store, bob), by=bob)
    bus.deliver()
    pages = {day: whole.of(store, day) for day in whole.days(store)}
    assert [page.drinks for page in pages.values()] == [2, 2]
    for day, page in pages.items():
        mine = figures.of(store, day)
        assert (mine.orders, mine.made) == (page.orders, page.drinks)
        assert (mine.drinks, mine.modifiers) == (page.by_drink, page.by_modifier)
        assert [count for _hour, count in mine.hours if count] == [count for _hour, count in page.by_hour]
        assert mine.ends["collected"] == page.collected
        assert mine.waits == page.to_ready.by_share
        assert sum(Tally.objects.filter(day=day, kind=Kind.WAITS).values_list("count", flat=True)) == (
            page.to_ready.count
        )
    told = [value for name, _text, _labels, value in figures.for_prometheus() if name.endswith("drinks_made")]
    assert sum(told) == whole.of(store).drinks == 4
