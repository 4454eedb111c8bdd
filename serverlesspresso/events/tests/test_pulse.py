"""The pulse: what was lost is healed by it, each screen hears how fresh it is, and rights are asked again."""

import asyncio
import threading

import pytest

from serverlesspresso.events.live import pulse, rights, topics
from serverlesspresso.events.live.hub import Hub
from serverlesspresso.events.log import publish as publisher
from serverlesspresso.events.tests.board import Blackboard, FakeSocket, heard, quiet, say, told

pytestmark = pytest.mark.django_db(transaction=True)


async def test_a_lost_hint_is_healed_by_the_pulse(hub, board):
    socket = FakeSocket()
    await hub.join(socket, board, "A", "en")
    await say(board, "one")
    await hub.pulse()
    await quiet(hub)
    assert "<b>now one</b>" in socket.frames


async def test_a_pulse_says_nothing_to_who_waits_for_the_first_snapshot(hub, board, monkeypatch):
    socket, answers = FakeSocket(), threading.Event()
    await say(board, "one")
    real = publisher.latest_sequence
    # The database hangs:
    monkeypatch.setattr(publisher, "latest_sequence", lambda store: answers.wait(10) and real(store))
    joining = asyncio.create_task(hub.join(socket, board, "A", "en"))
    while not hub.by_store["A"]:
        await asyncio.sleep(0.01)
    await hub.pulse()
    answers.set()
    await joining
    assert (socket.frames, socket.heads) == (["<b>all one en</b>"], [1])


async def test_a_change_outside_the_log_is_heard_by_hint_and_by_pulse(hub, board):
    socket = FakeSocket()
    await hub.join(socket, board, "A", "en")
    board.word = "touched"
    await heard(hub, "A")
    assert socket.frames[-1] == "<b>all touched en</b>"
    await hub.pulse()
    board.word, board.version = "versioned", 1
    await hub.pulse()
    await quiet(hub)
    assert "<b>all versioned en</b>" in socket.frames


async def test_a_newcomer_never_sees_an_older_state_than_the_database_has(hub, board):
    first, second = FakeSocket(), FakeSocket()
    await hub.join(first, board, "A", "en")
    await say(board, "one")  # its hint is lost
    await hub.join(second, board, "A", "en")
    assert second.frames == ["<b>all one en</b>"]
    await hub.pulse()
    await quiet(hub)
    assert "<b>now one</b>" in first.frames


async def test_rights_are_asked_again_and_an_ended_session_closes(hub, board, monkeypatch):
    monkeypatch.setattr(rights, "revoked", lambda pairs: {("s4", 4)})
    bob, dana, charlie = FakeSocket(1, "s1"), FakeSocket(2, "s2"), FakeSocket(3, "s3")
    late, nobody = FakeSocket(4, "s4"), FakeSocket(None, None)
    for socket in (bob, dana, charlie, late, nobody):
        await hub.join(socket, board, "A", "en")
    board.banned = {2}
    await hub.recheck()
    await hub.recheck(session="s3")
    assert (bob.expelled, dana.expelled, charlie.expelled) == (False, True, True)
    assert (late.expelled, nobody.expelled) == (True, False)


async def test_with_each_pulse_and_at_once_a_topic_learns_which_of_its_keys_somebody_listens_to():
    class Watched(Blackboard):
        def present(self, keys):
            self.seen = {key: set(users) for key, users in keys.items()}

    board, hub = Watched(), Hub()
    socket = FakeSocket()
    socket.user_id = 7
    await hub.join(socket, board, "ABC", "en")
    assert board.seen == {"ABC": {7}}, "a bar that paused itself goes on when its tablet is back"

    board.seen = {}
    await hub.pulse()
    assert board.seen == {"ABC": {7}}

    hub.leave(socket)
    board.seen = {}
    await hub.pulse()
    assert board.seen == {}
    await hub.stop()


async def test_every_screen_of_a_store_is_told_at_once_that_pages_are_made_from_something_else(
    hub, board, monkeypatch
):
    marks = {"A": "old"}
    dress = topics.Dress(
        lambda stores: {each: marks[each] for each in stores}, changed_by="ConfigService.ConfigChanged"
    )
    monkeypatch.setattr(topics, "dress", dress)
    socket = FakeSocket()
    frames = []
    socket.offer = lambda frame: not frames.append(frame)
    await hub.join(socket, board, "A", "en")
    await hub.pulse()
    assert 'data-mark="old"' in frames[-1]
    marks["A"] = "new"
    await say(board, "one")
    (fact,) = await told()
    hub.hear("A", None, fact)
    await quiet(hub)
    assert 'data-mark="new"' in frames[-1]


async def test_a_pulse_tells_a_few_at_a_time_so_that_it_holds_up_nobody(hub, board, monkeypatch):
    monkeypatch.setattr(pulse, "AT_ONCE", 2)
    sockets = [FakeSocket() for _ in range(5)]
    for socket in sockets:
        await hub.join(socket, board, "A", "en")
        socket.told_at -= 8
    beat, told_by_turn = asyncio.create_task(hub.pulse(0.3)), set()
    while not beat.done():
        await asyncio.sleep(0)
        told_by_turn.add(sum(len(socket.frames) - 1 for socket in sockets))
    assert told_by_turn == {0, 2, 4, 5}


async def test_who_heard_something_meanwhile_needs_no_pulse(hub, board, monkeypatch):
    monkeypatch.setattr(pulse, "AT_ONCE", 1)
    first, second = FakeSocket(), FakeSocket()
    for socket in (first, second):
        await hub.join(socket, board, "A", "en")
        socket.told_at -= 8
    beat = asyncio.create_task(hub.pulse(0.6))
    while len(first.frames) < 2 and len(second.frames) < 2:
        await asyncio.sleep(0.01)
    await say(board, "one")
    await heard(hub)
    await beat
    news = [[frame for frame in socket.frames[1:] if frame] for socket in (first, second)]
    pulses = sum(frame == "" for socket in (first, second) for frame in socket.frames)
    assert (news, pulses) == ([["<b>now one</b>"]] * 2, 1)
