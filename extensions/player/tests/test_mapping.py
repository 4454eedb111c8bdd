"""What AWS Serverlesspresso says in its own words is understood; what is not is counted by name."""

import datetime as dt
import json

import pytest

from extensions.player import mapping
from extensions.player.envelopes import Unreadable, read

from .recording import LIS, SAMPLE, envelope


def script(*entries, store=None) -> mapping.Script:
    return mapping.write(read(json.dumps(entries)), store)


def only(*entries) -> mapping.Scene:
    (scene,) = script(*entries).scenes
    return scene


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("Validator.NewOrder", "Validator.NewOrder"),
        ("OrderProcessor.WorkflowStarted", "OrderProcessor.WorkflowStarted"),
        ("OrderProcessor.WaitingCompletion", "OrderManager.WaitingCompletion"),
        ("OrderManager.WaitingCompletion", "OrderManager.WaitingCompletion"),
        ("OrderManager.MakeOrder", "OrderManager.MakeOrder"),
        ("OrderManager.OrderLIS-COMPLETED", "OrderManager.OrderCompleted"),
        ("OrderManager.OrderLIS-CANCELLED", "OrderManager.OrderCancelled"),
        ("OrderManager.OrderCompleted", "OrderManager.OrderCompleted"),
        ("OrderProcessor.OrderTimeOut", "OrderProcessor.OrderTimeOut"),
        ("OrderProcessor.orderFinished", "OrderProcessor.OrderFinished"),
        ("ProducerRobot.FulfillOrder", "ProducerRobot.FulfillOrder"),
    ],
)
def test_their_spelling_is_our_event(theirs, ours):
    assert only(envelope(0, theirs, "a", **LIS)).fact.type == ours


def test_the_name_of_the_event_tells_the_store_when_nothing_else_does():
    scene = only(envelope(0, "OrderManager.Orderre-Invent-24-COMPLETED", "a"))
    assert (scene.store, scene.fact.type) == ("re-Invent-24", "OrderManager.OrderCompleted")


def test_a_claim_by_nobody_is_a_drink_put_back():
    assert only(envelope(0, "OrderManager.MakeOrder", "a", baristaUserId="", **LIS)).fact.type == (
        "OrderManager.UnmakeOrder"
    )


def test_waiting_is_told_once_and_with_its_drink():
    told = script(*SAMPLE)
    waits = [s.fact for s in told.scenes if s.fact.order == "whole" and s.fact.type == mapping.WAITING]
    assert [(fact.drink, fact.modifiers, fact.number) for fact in waits] == [("Cortado", ("Oat",), 41)]
    assert told.unplayed["OrderProcessor.WaitingCompletion", mapping.SAID_AGAIN] == 1


def test_the_drink_may_be_a_text_and_stand_anywhere_in_the_recording():
    waits = next(s.fact for s in script(*SAMPLE).scenes if s.fact.order == "middle")
    assert (waits.type, waits.drink, waits.number) == (mapping.WAITING, "Cortado", 42)


def test_the_same_envelope_delivered_twice_is_played_once():
    twice = script(SAMPLE[0], SAMPLE[0])
    assert len(twice.scenes) == 1
    assert twice.unplayed == {("Validator.NewOrder", mapping.TWICE): 1}


def test_a_drink_of_theirs_stands_on_the_counter_before_its_order_ends():
    done, over = [s for s in script(*SAMPLE).scenes if s.fact.order == "whole"][-2:]
    assert over.fact.type == mapping.FINISHED
    assert over.at - done.at == mapping.COUNTER


def test_an_archive_that_kept_no_order_is_put_in_order():
    mixed = script(*reversed(SAMPLE))
    assert [s.fact for s in mixed.scenes if s.fact.order == "late"] == [
        s.fact for s in script(*SAMPLE).scenes if s.fact.order == "late"
    ]
    assert mixed.scenes[0].at == dt.datetime(2024, 3, 5, 9, tzinfo=dt.UTC)


def test_the_clock_that_ran_out_and_the_doors_are_understood():
    facts = {scene.fact.type: scene.fact for scene in script(*SAMPLE).scenes}
    assert facts["OrderProcessor.OrderTimeOut"].data["clock"] == "barista"
    assert facts["ConfigService.ConfigChanged"].data["open"] is False


def test_a_recording_that_names_no_store_wants_to_be_told():
    nameless = envelope(0, "Validator.NewOrder", "a")
    with pytest.raises(Unreadable, match="--store"):
        script(nameless)
    assert script(nameless, store="TRY").stores == ["TRY"]


def test_among_several_stores_what_names_none_is_counted():
    told = script(
        envelope(0, "Validator.NewOrder", "a", eventId="LIS"),
        envelope(1, "Validator.NewOrder", "b", eventId="OPO"),
        envelope(2, "Validator.NewOrder", "c"),
        envelope(3, "OrderManager.MakeOrder", "b", baristaUserId="x"),
    )
    assert told.stores == ["LIS", "OPO"]
    assert told.scenes[-1].store == "OPO"
    assert told.unplayed == {("Validator.NewOrder", mapping.NO_STORE): 1}


@pytest.mark.parametrize("drink", [["list"], 7, None, {"drink": 3}, "\ud800\u202e\x00"])
def test_a_drink_that_is_none_does_no_harm(drink):
    scene = only(envelope(0, "OrderManager.WaitingCompletion", "a", drinkOrder={"drink": drink}, **LIS))
    assert scene.fact.drink == ""


@pytest.mark.parametrize("number", [True, -1, 0, "²", "many", 10**9, 1.5, [1]])
def test_a_number_that_is_none_is_left_out(number):
    assert (
        only(envelope(0, "OrderManager.WaitingCompletion", "a", orderNumber=number, **LIS)).fact.number
        is None
    )


def test_our_own_events_are_understood_as_they_are():
    mine = {
        "specversion": "1.0",
        "id": "1",
        "source": "/stores/REC",
        "type": "OrderManager.WaitingCompletion",
        "subject": "a",
        "time": "2026-06-01T10:00:00Z",
        "data": {"number": 3, "series": 2, "drink": "Mocha", "modifiers": ["Oat"], "submitted_at": None},
    }
    scene = only(mine)
    assert (scene.store, scene.fact.order, scene.fact.series) == ("REC", "a", 2)
    assert (scene.fact.number, scene.fact.drink, scene.fact.modifiers) == (3, "Mocha", ("Oat",))
