"""Counting: to the drink what the organisers' figures say, in batches of any size, and from a replay too."""

import pytest

from config.models import Store
from conftest import choosing, make_store, make_user, making, ready
from extensions.metrics import figures, subscribers
from extensions.metrics.models import Tally
from orders import commands, reports, workflow
from serverlesspresso.core import clock
from serverlesspresso.events.models import Event
from serverlesspresso.events.tests import bus
from serverlesspresso.web import prometheus


@pytest.fixture
def store(db) -> Store:
    return make_store(per_day=0, per_code=1000)


def end(order, act, **kwargs) -> None:
    workflow.settle(act(order, **kwargs).pk)


def counted(store) -> dict:
    rows = Tally.objects.filter(store=store.slug, count__gt=0).values_list("day", "kind", "name", "count")
    return {(day, kind, name): count for day, kind, name, count in rows}


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


def test_drinks_and_ends(store, alice, bob, charlie):
    a_morning(store, alice, bob, charlie)
    bus.deliver()
    today = store.local_day(clock.now())
    assert figures.drinks(store, today) == [("Cappuccino", 1), ("Espresso", 1)]
    assert dict(figures.ends(store, today)) == {
        "collected": 2,
        "not collected": 0,
        "cancelled": 2,
        "timed out": 0,
        "rejected": 0,
    }


def test_the_same_in_batches_of_any_size_and_from_a_replay(store, alice, bob, charlie):
    a_morning(store, alice, bob, charlie)
    events = list(Event.objects.filter(store=store.slug).order_by("sequence"))
    mine = [event for event in events if event.type in _subscribed()]
    results = []
    for size in (1, 3, len(mine)):
        subscribers.forget(store.slug)
        for start in range(0, len(mine), size):
            subscribers.count(mine[start : start + size])
        results.append(counted(store))
    assert results[0] == results[1] == results[2]
    assert sum(results[0].values()) == 6


def _subscribed() -> set[str]:
    return {subscribers.COMPLETED, subscribers.RECALLED, subscribers.COLLECTED, subscribers.FINISHED}


def test_a_batch_of_several_stores_goes_to_each_of_them(store, alice, bob, charlie):
    other = make_store("XYZ")
    ready(alice, store, bob)
    ready(charlie, other, bob)
    made = list(Event.objects.filter(type=subscribers.COMPLETED).order_by("store"))
    subscribers.count([*made, *made])
    assert list(Tally.objects.order_by("store").values_list("store", "count")) == [("ABC", 2), ("XYZ", 2)]


def test_without_its_subscriber_nothing_is_counted(store, alice, bob):
    ready(alice, store, bob)
    assert not Tally.objects.exists()
    bus.serve("journey")
    assert not Tally.objects.exists()
    bus.serve("metrics")
    assert Tally.objects.exists()


def test_agrees_with_the_organisers_figures_over_midnight_at_the_store(store, alice, bob, charlie):
    """Also while drinks stand on the bar, and when one is recalled on the day after."""
    Store.objects.filter(pk=store.pk).update(timezone="Pacific/Auckland")
    store.refresh_from_db()
    tomorrow = store.day_bounds(store.local_day(clock.now()))[1]
    clock.advance((tomorrow - clock.now()).total_seconds() + 3600)  # no morning begins before midnight
    a_morning(store, alice, bob, charlie)
    midnight = store.day_bounds(store.local_day(clock.now()))[1]
    clock.advance((midnight - clock.now()).total_seconds() - 30)
    late, tonight = making(charlie, store, bob), ready(make_user("Eve"), store, bob)
    clock.advance(60)
    commands.complete(late, by=bob)
    commands.recall(tonight, by=bob)
    ready(make_user("Frank"), store, bob)
    bus.deliver()
    pages = {day: reports.of(store, day) for day in reports.days(store)}
    assert [page.drinks for page in pages.values()] == [2, 2]
    for day, page in pages.items():
        assert figures.drinks(store, day) == page.by_drink
        assert dict(figures.ends(store, day))["collected"] == page.collected
    told = [value for name, _text, _labels, value in figures.for_prometheus() if name.endswith("drinks_made")]
    assert sum(told) == reports.of(store).drinks == 4


def test_prometheus_reads_them_of_real_stores_only(store, alice, bob, monkeypatch):
    end(ready(alice, store, bob, drink="Cappuccino", modifiers=["Oat"]), commands.collect, by=alice)
    bus.deliver()
    monkeypatch.setattr(prometheus, "_cached", (None, []))
    told = {(name, *labels.items()): value for name, _text, labels, value in prometheus._read()}
    assert told["serverlesspresso_drinks_made", ("store", "ABC"), ("drink", "Cappuccino")] == 1
    assert told["serverlesspresso_orders_ended", ("store", "ABC"), ("how", "collected")] == 1
    Store.objects.filter(pk=store.pk).update(kind=Store.Kind.ROBOTS)
    assert list(figures.for_prometheus()) == []
