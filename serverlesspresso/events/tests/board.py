"""A topic and sockets for tests of the hub."""

import asyncio

from asgiref.sync import sync_to_async
from django.db import transaction
from django.utils import translation

from serverlesspresso.events.live.topics import Frame, Topic
from serverlesspresso.events.log.publish import publish
from serverlesspresso.events.models import Event

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
        self.heads, self.told_at = [], 0.0

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


@sync_to_async
def told(store="A"):
    """The facts of a store, as hints carry them."""
    return [event.plain() for event in Event.objects.filter(store=store).order_by("sequence")]


async def quiet(hub):
    for _ in range(200):
        await asyncio.sleep(0.01)
        if not hub.feeds and not hub.touched:
            return
    raise AssertionError("the hub does not come to rest")


async def heard(hub, order=None):
    hub.hear("A", order)
    await quiet(hub)
