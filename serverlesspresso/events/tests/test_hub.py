"""The hub: one rendering per topic and language, relayed to every socket; nothing missed, nothing stale."""

import asyncio
import threading

import pytest
from asgiref.sync import sync_to_async
from django.db import transaction
from django.utils import translation

from serverlesspresso.core import metrics
from serverlesspresso.events import after_commit
from serverlesspresso.events.live import hub as hubs
from serverlesspresso.events.live import subscriptions, topics
from serverlesspresso.events.live.hub import Hub
from serverlesspresso.events.live.topics import Frame, Topic
from serverlesspresso.events.log import publish as publisher
from serverlesspresso.events.log.publish import publish
from serverlesspresso.events.models import Event

pytestmark = pytest.mark.django_db(transaction=True)
CHANGED = {"what": "store", "open": True, "paused": False}


class Blackboard(Topic):
    """A topic whose state is one word, counting how often it is rendered."""

    name = "blackboard"

    def __init__(self):
        self.word, self.rendered, self.banned, self.version = "zero", 0, set(), 0

    def store(self, key):
        return key if key != "nowhere" else None

    def allowed(self, user_id, key):
        return user_id not in self.banned

    def snapshot(self, key):
        self.rendered += 1
        return Frame(f"<b>all {self.word} {translation.get_language()}</b>")

    def delta(self, key, events):
        self.rendered += 1
        return Frame(f"<b>now {self.word}</b>") if events else None

    def versions(self, keys):
        return dict.fromkeys(keys, self.version)


class FakeSocket:
    def __init__(self, user_id=1, session="s1", room=100):
        self.user_id, self.session, self.frames, self.expelled, self.room = user_id, session, [], False, room
        self.heads = []

    def offer(self, frame):
        if len(self.frames) >= self.room:
            self.frames.clear()
            self.room = 100
            return False
        self.frames.append(frame.split("<i")[0])
        self.heads.append(int(frame.split('data-head="')[1].split('"')[0]))
        return True

    def expel(self):
        self.expelled = True


@sync_to_async
def say(board, word, store="A"):
    with transaction.atomic():
        board.word = word
        publish("ConfigService.ConfigChanged", store=store, **CHANGED)


@pytest.fixture(autouse=True)
def hints(monkeypatch):
    """Nothing is heard but what a test makes heard: every hint is lost."""
    real = after_commit.broadcast
    monkeypatch.setattr(after_commit, "broadcast", lambda **hint: None)
    return real


@pytest.fixture
def board():
    return Blackboard()


@pytest.fixture
async def hub():
    hub = Hub()
    yield hub
    await hub.stop()


async def quiet(hub):
    for _ in range(200):
        await asyncio.sleep(0.01)
        if not hub.feeds and not hub.touched:
            return
    raise AssertionError("the hub does not come to rest")


async def heard(hub, order=None):
    hub.hear("A", order)
    await quiet(hub)


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


async def test_a_hint_about_something_that_nobody_here_looks_at_costs_nothing(hub, board):
    await hub.join(FakeSocket(), board, "A", "en")
    hub.hear("A", "another thing")
    assert not hub.feeds
    assert not hub.touched
    hub.hear("A", "A")
    assert hub.feeds
    await quiet(hub)


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


async def test_rights_are_asked_again_and_an_ended_session_closes(hub, board, monkeypatch):
    monkeypatch.setattr(hubs, "revoked", lambda pairs: {("s4", 4)})
    bob, dana, charlie = FakeSocket(1, "s1"), FakeSocket(2, "s2"), FakeSocket(3, "s3")
    late, nobody = FakeSocket(4, "s4"), FakeSocket(None, None)
    for socket in (bob, dana, charlie, late, nobody):
        await hub.join(socket, board, "A", "en")
    board.banned = {2}
    await hub.recheck()
    await hub.recheck(session="s3")
    assert (bob.expelled, dana.expelled, charlie.expelled) == (False, True, True)
    assert (late.expelled, nobody.expelled) == (True, False)


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


@sync_to_async
def told(store="A"):
    return [event.plain() for event in Event.objects.filter(store=store).order_by("sequence")]


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
