"""The hub: one rendering per topic and language, relayed to every socket; nothing missed, nothing stale."""

import asyncio
import threading

import pytest

from serverlesspresso.core import metrics
from serverlesspresso.events import after_commit
from serverlesspresso.events.live import subscriptions
from serverlesspresso.events.live.topics import Frame
from serverlesspresso.events.tests.board import Blackboard, FakeSocket, heard, quiet, say, told

pytestmark = pytest.mark.django_db(transaction=True)


async def test_a_socket_gets_a_snapshot_and_then_every_change(hub, board):
    socket = FakeSocket()
    assert await hub.join(socket, board, "A", "en")
    await say(board, "one")
    await heard(hub)
    assert socket.frames == ["<b>all zero en</b>", "<b>now one</b>"]


async def test_a_commit_is_heard_through_the_channel_layer(hub, board, hints, monkeypatch):
    monkeypatch.setattr(after_commit, "broadcast", hints)
    socket = FakeSocket()
    await hub.join(socket, board, "A", "en")
    await asyncio.sleep(0.05)
    await say(board, "one")
    await asyncio.sleep(0.1)
    await quiet(hub)
    assert socket.frames[-1] == "<b>now one</b>"


async def test_a_thing_that_does_not_exist_cannot_be_joined(hub, board):
    assert await hub.join(FakeSocket(), board, "nowhere", "en") is False


async def test_a_hundred_sockets_cost_one_rendering_per_language(hub, board):
    sockets = [FakeSocket() for _ in range(100)]
    for n, socket in enumerate(sockets):
        await hub.join(socket, board, "A", "en" if n % 2 else "pt-br")
    board.rendered = 0
    await say(board, "one")
    await heard(hub)
    assert board.rendered == 2
    assert all(socket.frames[-1] == "<b>now one</b>" for socket in sockets)


async def test_hints_that_arrive_together_are_one_look_at_the_log(hub, board):
    socket = FakeSocket()
    await hub.join(socket, board, "A", "en")
    for word in ("one", "two", "three"):
        await say(board, word)
    for _ in range(10):
        hub.hear("A", None)
    await quiet(hub)
    assert socket.frames[1:] == ["<b>now three</b>"]


async def test_a_hint_about_something_that_nobody_here_looks_at_costs_nothing(hub, board):
    await hub.join(FakeSocket(), board, "A", "en")
    hub.hear("A", "another thing")
    assert not hub.feeds
    assert not hub.touched
    hub.hear("A", "A")
    assert hub.feeds
    await quiet(hub)


async def test_far_behind_means_a_snapshot(hub, board):
    socket = FakeSocket()
    await hub.join(socket, board, "A", "en")
    for number in range(subscriptions.MAX_DELTA + 1):
        await say(board, f"word {number}")
    await heard(hub)
    assert socket.frames[-1] == f"<b>all word {subscriptions.MAX_DELTA} en</b>"


async def test_a_slow_socket_gets_one_snapshot_and_holds_up_nobody(hub, board):
    slow, quick = FakeSocket(room=2), FakeSocket()
    await hub.join(slow, board, "A", "en")
    await hub.join(quick, board, "A", "en")
    for word in ("one", "two"):
        await say(board, word)
        await heard(hub)
    assert quick.frames[1:] == ["<b>now one</b>", "<b>now two</b>"]
    assert slow.frames == ["<b>all two en</b>"]


async def test_who_leaves_hears_no_more_and_the_room_goes_with_the_last(hub, board):
    socket = FakeSocket()
    await hub.join(socket, board, "A", "en")
    hub.leave(socket)
    await say(board, "one")
    await heard(hub)
    assert socket.frames == ["<b>all zero en</b>"]
    assert (hub.rooms, hub.by_store["A"]) == ({}, set())


async def test_a_database_error_is_survived(hub, board, monkeypatch):
    socket = FakeSocket()
    await hub.join(socket, board, "A", "en")
    real = subscriptions._read
    monkeypatch.setattr(subscriptions, "_read", lambda *a: (_ for _ in ()).throw(RuntimeError("down")))
    await say(board, "one")
    await heard(hub)
    monkeypatch.setattr(subscriptions, "_read", real)
    await hub.pulse()
    await quiet(hub)
    assert "<b>now one</b>" in socket.frames


async def test_facts_that_come_with_their_hints_cost_no_look_at_the_log(hub, board, monkeypatch):
    socket = FakeSocket()
    await hub.join(socket, board, "A", "en")
    monkeypatch.setattr(subscriptions, "_read", lambda *a: pytest.fail("the log was read"))
    await say(board, "one")
    await say(board, "two")
    first, second = await told()
    hub.hear("A", None, second)  # from two processes, in any order
    hub.hear("A", None, first)
    await quiet(hub)
    assert (socket.frames[-1], socket.heads[-1]) == ("<b>now two</b>", 2)


async def test_a_fact_whose_hint_was_lost_is_read_from_the_log(hub, board):
    socket, seen = FakeSocket(), []
    await hub.join(socket, board, "A", "en")
    board.delta = lambda key, events: seen.extend(e.sequence for e in events) or Frame("<b>now</b>")
    await say(board, "one")
    await say(board, "two")
    hub.hear("A", None, (await told())[1])
    await quiet(hub)
    assert (seen, socket.heads[-1]) == ([1, 2], 2)


async def test_a_topic_that_fails_holds_up_no_other(hub, board):
    class Broken(Blackboard):
        name = "broken"

        def delta(self, key, events):
            raise RuntimeError("no")

    here, there = FakeSocket(), FakeSocket()
    await hub.join(here, Broken(), "A", "en")
    await hub.join(there, board, "A", "en")
    await say(board, "one")
    await heard(hub)
    assert (there.frames[-1], here.frames[-1]) == ("<b>now one</b>", "<b>all zero en</b>")


async def test_rendering_happens_off_the_event_loop(hub, board):
    seen = []
    board.snapshot = lambda key: seen.append(threading.current_thread().name) or Frame("")
    await hub.join(FakeSocket(), board, "A", "en")
    assert seen[0].startswith("hub")


async def test_a_snapshot_like_the_last_one_is_sent_if_a_delta_came_in_between(hub, board):
    socket = FakeSocket()
    await hub.join(socket, board, "A", "en")
    await say(board, "one")
    await heard(hub)
    board.word = "zero"
    await heard(hub, "A")
    assert socket.frames == ["<b>all zero en</b>", "<b>now one</b>", "<b>all zero en</b>"]


async def test_sockets_rooms_and_the_way_of_an_event_are_counted(hub, board):
    def counted(name):
        topic = {"topic": "blackboard"}
        return metrics.registry().get_sample_value(f"serverlesspresso_{name}", topic) or 0

    names = ("sockets", "hub_rooms", "delivery_seconds_count")
    before = [counted(name) for name in names]
    here, there = FakeSocket(), FakeSocket()
    for socket in (here, here, there):  # twice is once
        await hub.join(socket, board, "A", "en")
    await say(board, "one")
    await heard(hub)
    assert [counted(name) - was for name, was in zip(names, before, strict=True)] == [2, 1, 1]
    for socket in (here, here, there):
        hub.leave(socket)
    assert [counted(name) - was for name, was in zip(names, before, strict=True)] == [0, 0, 1]


async def test_the_head_a_screen_is_told_never_goes_back(hub, board):
    first, second = FakeSocket(), FakeSocket()
    await hub.join(first, board, "A", "en")
    await say(board, "one")
    hub.hear("A", None)  # this news is on its way when somebody joins
    await say(board, "two")
    await hub.join(second, board, "A", "en")
    await quiet(hub)
    await hub.pulse()
    await quiet(hub)
    for socket in (first, second):
        assert socket.heads == sorted(socket.heads)
        assert socket.heads[-1] == 2


async def test_the_fullest_room_is_told_before_the_others_are_rendered(hub, board):
    class Slow(Blackboard):
        name = "slow"

        def delta(self, key, events):
            return Frame("<b>late</b>") if go_on.wait(10) else None

    go_on = threading.Event()
    here, there, late = FakeSocket(), FakeSocket(), FakeSocket()
    for socket, topic in ((here, board), (there, board), (late, Slow())):
        await hub.join(socket, topic, "A", "en")
    await say(board, "one")
    hub.hear("A", None)
    for _ in range(200):
        await asyncio.sleep(0.01)
        if there.frames[-1] == "<b>now one</b>":
            break
    else:
        pytest.fail("the room waits for another one's rendering")
    assert late.frames[1:] == []
    go_on.set()
    await quiet(hub)
    assert late.frames[-1] == "<b>late</b>"
