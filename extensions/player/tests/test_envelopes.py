"""A file is read whole or not at all, and what is wrong with it is said by line or entry."""

import json

import pytest

from extensions.player.envelopes import Unreadable, read

from .recording import LIS, envelope

ONE = envelope(0, "Validator.NewOrder", "a", **LIS)


def cloudevent(**other) -> dict:
    return {"specversion": "1.0", "id": "1", "source": "/stores/REC", "type": "X.Y", "data": {}} | other


@pytest.mark.parametrize(
    "text",
    [
        json.dumps([ONE, ONE]),
        json.dumps([ONE, ONE], indent=2),
        f"{json.dumps(ONE)}\n\n{json.dumps(ONE)}\n",
        f"{json.dumps(ONE)}\r\n{json.dumps(ONE)}\r\n",
        "\ufeff" + json.dumps([ONE, ONE]),
        json.dumps({"items": [ONE, ONE], "next": None}),
        json.dumps({"Entries": [ONE, ONE]}),
    ],
)
def test_array_lines_and_answers_of_an_api_are_read(text):
    assert [entry.type for entry in read(text)] == ["Validator.NewOrder"] * 2


def test_one_event_alone_is_a_recording():
    assert len(read(json.dumps(ONE, indent=2))) == 1


def test_what_eventbridge_takes_is_read_like_what_it_gives():
    taken = {"DetailType": "Validator.NewOrder", "Detail": json.dumps({"orderId": "a"}), "Source": "x"}
    (entry,) = read(json.dumps([taken]))
    assert (entry.type, entry.data, entry.foreign) == ("Validator.NewOrder", {"orderId": "a"}, True)


def test_a_cloudevent_says_its_store_and_its_order():
    (entry,) = read(json.dumps(cloudevent(source="https://coffee.example.org/stores/REC", subject="a")))
    assert (entry.store, entry.order, entry.foreign) == ("REC", "a", False)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no event"),
        ("  \n", "no event"),
        ("[]", "no event"),
        ("7", "neither a list"),
        ('[{"type": "X.Y",}]', "Line 1, column"),
        (f"{json.dumps(ONE)}\nnot json", "Line 2"),
        (json.dumps([ONE, 7]), "Entry 2: this is no JSON object"),
        (json.dumps([ONE, {"hello": 1}]), "Entry 2: this is neither"),
        (json.dumps([cloudevent(type=7)]), "Entry 1: type must be"),
        (json.dumps([cloudevent(time="yesterday")]), "Entry 1: 'yesterday' is no time"),
        (json.dumps([cloudevent(data=[1])]), "Entry 1: what the event carries must be"),
        (json.dumps([ONE | {"detail": "{"}]), "Entry 1: what the event carries is a text"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_what_is_no_recording_is_refused_by_name(text, said):
    with pytest.raises(Unreadable, match=said):
        read(text)
