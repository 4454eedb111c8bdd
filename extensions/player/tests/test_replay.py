"""A recording's events become orders of its own store, and nothing of anybody's else."""

from unittest.mock import Mock

import pytest

from config.events import CONFIG_CHANGED
from config.models import Store
from conftest import make_store, queued
from extensions.player.replay import INCOMPLETE, OVER, UNKNOWN, DoesNotFit, Fact, Replay
from orders import commands, events, processor, sweep
from orders.models import Order, Status
from serverlesspresso.core import clock
from serverlesspresso.core.errors import Refusal
from serverlesspresso.events.models import Event

LIFE = (
    events.NEW_ORDER,
    events.WORKFLOW_STARTED,
    events.WAITING_COMPLETION,
    events.MAKE_ORDER,
    events.ORDER_COMPLETED,
    events.ORDER_COLLECTED,
    events.ORDER_FINISHED,
)


@pytest.fixture
def bar(db) -> Store:
    return make_store("REC", kind=Store.Kind.RECORDING, is_open=False)


@pytest.fixture
def replay(bar) -> Replay:
    playing = Replay(bar)
    playing.begin()
    return playing


def fact(type, order="a", **known) -> Fact:
    return Fact(type, order, **{"drink": "Cortado", "number": 7} | known)


def only_order() -> Order:
    return Order.objects.select_related("barista").get()


def told(bar) -> list[str]:
    return list(
        Event.objects.filter(store=bar.slug).exclude(type=CONFIG_CHANGED).values_list("type", flat=True)
    )


def test_an_order_lives_through_everything_its_recording_says(replay, bar):
    seen = []
    for kind in LIFE:
        replay.tell(fact(kind, barista="x"))
        seen.append(Status(only_order().status))
    assert seen == [
        Status.VALIDATING,
        Status.CHOOSING,
        Status.QUEUED,
        Status.MAKING,
        Status.READY,
        Status.COLLECTED,
        Status.COLLECTED,
    ]
    assert told(bar) == list(LIFE)
    order = only_order()
    assert (order.drink, order.number, order.barista.name) == ("Cortado", 7, "Barista 1")


def test_a_real_bars_store_is_refused(store):
    with pytest.raises(Refusal) as refused:
        Replay(store)
    assert refused.value.code == "not_a_recording"


def test_only_a_recordings_orders_can_be_put_somewhere(alice, store):
    order = queued(alice, store)
    with pytest.raises(Order.DoesNotExist):
        processor.record(order, Status.READY, now=clock.now())
    order.refresh_from_db()
    assert order.status == Status.QUEUED


def test_steps_the_recording_left_out_are_gone_over_without_a_word(replay, bar):
    replay.tell(fact(events.ORDER_COMPLETED))
    order = only_order()
    assert order.status == Status.READY
    assert order.queued_at and order.claimed_at and order.completed_at
    assert told(bar) == [events.ORDER_COMPLETED]


def test_an_end_that_was_left_out_is_told_so_that_screens_hear_of_it(replay, bar):
    replay.tell(fact(events.ORDER_COMPLETED))
    assert replay.tell(fact(events.ORDER_FINISHED)) == [events.ORDER_COLLECTED, events.ORDER_FINISHED]
    assert only_order().status == Status.COLLECTED
    with pytest.raises(DoesNotFit, match=OVER):
        replay.tell(fact(events.ORDER_FINISHED))


def test_an_order_whose_first_event_did_not_fit_begins_with_the_next(replay, bar, monkeypatch):
    monkeypatch.setattr(replay.recorded, "tell", Mock(side_effect=ValueError))
    with pytest.raises(DoesNotFit, match=INCOMPLETE):
        replay.tell(fact(events.NEW_ORDER))
    monkeypatch.undo()
    replay.tell(fact(events.WORKFLOW_STARTED))
    assert only_order().status == Status.CHOOSING


def test_what_comes_after_the_end_does_not_fit(replay, bar):
    replay.tell(fact(events.ORDER_CANCELLED))
    for kind in (events.ORDER_COMPLETED, events.MAKE_ORDER):
        with pytest.raises(DoesNotFit, match=OVER):
            replay.tell(fact(kind))
    replay.tell(fact(events.ORDER_FINISHED))
    with pytest.raises(DoesNotFit, match=OVER):
        replay.tell(fact(events.ORDER_FINISHED))
    assert told(bar) == [events.ORDER_CANCELLED, events.ORDER_FINISHED]


def test_what_is_unknown_or_names_no_order_does_not_fit(replay, bar):
    with pytest.raises(DoesNotFit, match=UNKNOWN):
        replay.tell(fact("ProducerRobot.FulfillOrder"))
    with pytest.raises(DoesNotFit, match=INCOMPLETE):
        replay.tell(fact(events.SHOP_UNAVAILABLE, order=None))
    assert not Order.objects.exists()


def test_an_early_event_that_comes_late_takes_nothing_back(replay):
    replay.tell(fact(events.MAKE_ORDER))
    replay.tell(fact(events.WORKFLOW_STARTED))
    assert only_order().status == Status.MAKING


def test_a_drink_put_back_keeps_its_number_and_loses_its_barista(replay):
    replay.tell(fact(events.MAKE_ORDER, barista="x"))
    replay.tell(fact(events.UNMAKE_ORDER))
    order = only_order()
    assert (order.status, order.number, order.barista) == (Status.QUEUED, 7, None)


def test_a_swap_changes_the_drink(replay):
    replay.tell(fact(events.WAITING_COMPLETION))
    replay.tell(fact(events.ORDER_CHANGED, drink="Mocha", modifiers=("Oat",)))
    order = only_order()
    assert (order.drink, order.modifiers) == ("Mocha", ["Oat"])


def test_each_barista_of_the_recording_is_somebody_else_here(replay):
    for order, barista in (("a", "x"), ("b", "y"), ("c", "x")):
        replay.tell(fact(events.MAKE_ORDER, order, barista=barista, number=None))
    names = Order.objects.order_by("number").values_list("barista__name", flat=True)
    assert list(names) == ["Barista 1", "Barista 2", "Barista 1"]


def test_numbers_are_the_recordings_and_never_given_twice(replay):
    for order, number in (("a", 5), ("b", 5), ("c", None), ("d", 3)):
        replay.tell(fact(events.WAITING_COMPLETION, order, number=number))
    assert sorted(Order.objects.values_list("number", flat=True)) == [3, 5, 6, 7]


def test_nothing_the_recording_says_of_people_reaches_the_log(replay, bar):
    private = {
        "customer": 42,
        "barista": 43,
        "reason": "Ask Alice, +351 912 345 678",
        "by": "alice@example.org",
    }
    for kind in (events.NEW_ORDER, events.MAKE_ORDER, events.ORDER_CANCELLED):
        replay.tell(fact(kind, data=private, barista="alice@example.org"))
    log = str(list(Event.objects.filter(store=bar.slug).values_list("data", flat=True)))
    assert not any(each in log for each in ("Alice", "alice", "912", "42"))
    assert only_order().customer is None


def test_what_is_told_of_an_order_is_what_became_of_it_here(replay, bar):
    replay.tell(fact(events.WAITING_COMPLETION))
    replay.tell(fact(events.ORDER_TIMED_OUT, data={"clock": "barista"}))
    waiting, over = Event.objects.filter(store=bar.slug, order=only_order().pk).order_by("sequence")
    assert (waiting.data["number"], waiting.data["drink"]) == (7, "Cortado")
    assert (over.data["clock"], only_order().reason) == ("barista", "barista_timeout")


def test_the_sweep_leaves_a_recordings_orders_alone(replay, bar):
    for kind, order in zip(LIFE[:5], "abcde", strict=True):
        replay.tell(fact(kind, order, number=None))
    before = set(Order.objects.values_list("pk", "status", "version"))
    clock.advance(100)
    sweep.sweep()
    clock.advance(4000)
    sweep.sweep()
    assert set(Order.objects.values_list("pk", "status", "version")) == before


def test_playing_again_clears_the_screens_and_begins_a_new_series(replay, bar):
    replay.tell(fact(events.WAITING_COMPLETION))
    again = Replay(bar)
    again.begin()
    assert only_order().status == Status.CANCELLED
    again.tell(fact(events.WAITING_COMPLETION))
    old, new = Order.objects.order_by("series")
    assert old.number == new.number == 7 and new.series > old.series


def test_the_doors_are_open_while_it_plays_and_as_the_recording_says(replay, bar):
    bar.refresh_from_db()
    assert bar.is_open
    replay.tell(Fact(CONFIG_CHANGED, data={"what": "store", "open": False, "paused": False}))
    bar.refresh_from_db()
    assert not bar.is_open
    last = Event.objects.filter(store=bar.slug).latest("sequence")
    assert (last.type, last.data["open"]) == (CONFIG_CHANGED, False)


def test_a_barista_may_still_touch_a_recorded_ticket(replay, bob):
    replay.tell(fact(events.WAITING_COMPLETION))
    assert commands.claim(processor.load(only_order().pk), by=bob).status == Status.MAKING
    replay.tell(fact(events.ORDER_COMPLETED))
    assert only_order().status == Status.READY
