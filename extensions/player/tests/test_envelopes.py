"""A file is read whole or not at all, and what is wrong with it is said by line or entry."""

import datetime as dt
import gzip
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extensions.player import mapping
from extensions.player.envelopes import Unreadable, read, text_of

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
        json.dumps(ONE) * 2,
        json.dumps(ONE, indent=1) + "\n" + json.dumps(ONE, indent=1),
        "\x1e" + json.dumps(ONE) + "\n\x1e" + json.dumps(ONE) + "\n",
        f"2026-06-01T10:30:00.123Z {json.dumps(ONE)}\n2026-06-01T10:30:01.000Z {json.dumps(ONE)}\n",
        json.dumps({"events": [{"timestamp": 1, "message": json.dumps(ONE)}] * 2}),
        json.dumps({"messageType": "DATA_MESSAGE", "logEvents": [{"message": json.dumps(ONE)}] * 2}),
        json.dumps({"Messages": [{"MessageId": "x", "Body": json.dumps(ONE)}] * 2}),
        json.dumps({"Records": [{"body": json.dumps(ONE)}, {"Sns": {"Message": json.dumps(ONE)}}]}),
        json.dumps({"Messages": [{"Body": json.dumps({"Type": "Note", "Message": json.dumps(ONE)})}] * 2}),
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
        ("[" * 500 + "]" * 500, "no JSON object"),
        ("9" * 10_000, "too long"),
        (json.dumps({"events": [{"message": "START RequestId"}]}), "Entry 1: .* is a text that is no JSON"),
        (json.dumps([cloudevent(type="\u200b")]), "Entry 1: type must be"),
        (json.dumps([cloudevent(time="9999-12-31T23:59:59Z")]), "is no time"),
    ],
)
def test_what_is_no_recording_is_refused_by_name(text, said):
    with pytest.raises(Unreadable, match=said):
        read(text)


@pytest.mark.parametrize(
    "pack",
    [gzip.compress, bytes, lambda text: text.decode().encode("utf-16"), lambda text: b"\xef\xbb\xbf" + text],
)
def test_a_file_is_read_packed_and_in_the_usual_encodings(pack):
    text = json.dumps([ONE | {"detail": {"eventId": "LIS", "orderId": "é"}}], ensure_ascii=False)
    content = pack(text.encode())
    assert read(text_of(content))[0].data["orderId"] == "é"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\x1f\x8b and nothing", "damaged"),
        pytest.param(gzip.compress(b"[]" * 99, mtime=0)[:-9], "damaged", id="cut off"),
        (b"[]\n\xff", "Line 2"),
    ],
)
def test_a_file_that_is_no_text_is_refused_in_words(content, said):
    with pytest.raises(Unreadable, match=said):
        text_of(content)


@pytest.mark.parametrize(
    ("time", "second"),
    [
        ("2021-10-11T15:09:1Z", 1),
        ("2021-10-11t15:09:01z", 1),
        ("2021-10-11 15:09:60.5Z", 59),
        ("2021-10-11T16:09:01+01:00", 1),
    ],
)
def test_every_form_of_a_time_is_read(time, second):
    (entry,) = read(json.dumps([cloudevent(time=time)]))
    assert f"{entry.at.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%S}" == f"2021-10-11T15:09:{second:02}"


WORDS = [
    "type",
    "detail-type",
    "detail",
    "data",
    "time",
    "source",
    "subject",
    "items",
    "message",
    "order",
    "drink",
    "drinkOrder",
    "eventId",
    "bucket",
    "orderId",
    "modifiers",
    "number",
    "baristaUserId",
    "cause",
]
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=9)
    | st.sampled_from(("OrderManager.MakeOrder", "Validator.NewOrder", "/stores/REC", "2026-01-01T10:00Z")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=6),
)


@settings(max_examples=300, deadline=None)
@given(
    st.binary(max_size=200)
    | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass"))
    | st.lists(VALUES, max_size=4).map(lambda values: "\n".join(map(json.dumps, values)).encode())
)
def test_no_bytes_break_the_reading_of_a_recording(content):
    try:
        script = mapping.write(read(text_of(content)), "TRY")
    except Unreadable as problem:
        assert str(problem).encode(), "a sentence that can be printed"  # noqa: PT017
    else:
        assert set(script.stores) <= {"TRY"}
