"""Scans come through a lane of their own, some at a time."""

import asyncio

import pytest
from channels.testing import HttpCommunicator
from django.contrib.auth.hashers import MD5PasswordHasher

from serverlesspresso.server import concurrency
from serverlesspresso.server.asgi_handler import Handler
from serverlesspresso.server.concurrency import (
    AT_ONCE,
    HASHES_AT_ONCE,
    WAITING,
    PasswordLane,
    PinLane,
    ScanLimiter,
)
from serverlesspresso.web import error_pages


class Slow:
    """An application that answers when it is told to, and remembers how many it had at once."""

    def __init__(self):
        self.inside = self.most = self.answered = 0
        self.go_on = asyncio.Event()

    async def __call__(self, scope, receive, send):
        self.inside += 1
        self.most = max(self.most, self.inside)
        try:
            if scope["path"] == "/q/broken":
                raise ValueError
            await self.go_on.wait()
            self.answered += 1
        finally:
            self.inside -= 1


def asked(lane, path, method="GET"):
    return asyncio.create_task(lane({"path": path, "method": method}, None, None))


@pytest.mark.parametrize(
    ("path", "method"), [("/q/token", "GET"), ("/q/token", "POST"), ("/api/v1/stores/ABC/orders", "POST")]
)
async def test_a_rush_is_answered_some_at_a_time_and_whole(path, method):
    slow = Slow()
    lane = ScanLimiter(slow)
    phones = [asked(lane, path, method) for _ in range(50)]
    await asyncio.sleep(0)
    assert slow.inside == AT_ONCE
    slow.go_on.set()
    await asyncio.gather(*phones)
    assert (slow.most, slow.answered) == (AT_ONCE, 50)


@pytest.mark.parametrize(
    ("path", "method"),
    [
        ("/barista/ABC/", "GET"),
        ("/api/v1/stores/ABC/orders", "GET"),
        ("/api/v1/stores/ABC/walk-ups", "POST"),
        ("/api/v1/orders/1/make", "POST"),
    ],
)
async def test_who_does_not_scan_does_not_wait_behind_those_who_do(path, method):
    slow = Slow()
    lane = ScanLimiter(slow)
    phones = [asked(lane, "/q/token") for _ in range(50)]
    tablet = asked(lane, path, method)
    await asyncio.sleep(0)
    assert slow.inside == AT_ONCE + 1
    slow.go_on.set()
    await asyncio.gather(*phones, tablet)


async def test_a_phone_that_hangs_up_and_a_failure_leave_the_lane():
    slow = Slow()
    lane = ScanLimiter(slow)
    gone = [asked(lane, "/q/token") for _ in range(AT_ONCE * 2)]
    await asyncio.sleep(0)
    for phone in gone:
        phone.cancel()
    failed = [asked(lane, "/q/broken") for _ in range(AT_ONCE * 2)]
    results = await asyncio.gather(*gone, *failed, return_exceptions=True)
    assert sum(isinstance(each, ValueError) for each in results) == AT_ONCE * 2
    slow.go_on.set()
    await asked(lane, "/q/token")
    assert slow.answered == 1


SIGN_IN = "/accounts/login/"
HASHES = [
    (SIGN_IN, PasswordLane),
    ("/accounts/reauthenticate/", PasswordLane),
    ("/accounts/2fa/authenticate/", PasswordLane),
    ("/accounts/password/", PasswordLane),
    ("/accounts/first/token/", PasswordLane),
    ("/accounts/invited/1/token/", PasswordLane),
    ("/admin/login/", PasswordLane),
    ("/admin/password_change/", PasswordLane),
    ("/admin/accounts/user/add/", PasswordLane),
    ("/admin/accounts/user/1/password/", PasswordLane),
    ("/barista/ABC/who/", PinLane),
    ("/barista/ABC/pins/", PinLane),
]


@pytest.mark.parametrize(("path", "lane"), HASHES, ids=[path for path, _ in HASHES])
async def test_what_hashes_is_done_two_at_a_time(path, lane):
    slow = Slow()
    door = lane(slow)
    people = [asked(door, path, "POST") for _ in range(10)]
    page = asked(door, path, "GET")
    await asyncio.sleep(0.01)
    assert slow.inside == HASHES_AT_ONCE + 1
    slow.go_on.set()
    await asyncio.gather(*people, page)
    assert slow.answered == 11


class Hashing(Slow):
    """Counts apart who is handed on only to be refused."""

    late = 0

    async def __call__(self, scope, receive, send):
        if scope.get("late"):
            self.late += 1
            return
        await super().__call__(scope, receive, send)


async def test_who_finds_many_signing_in_is_refused_at_once_and_who_waits_long_then(monkeypatch):
    monkeypatch.setattr(concurrency, "PATIENCE_S", 0.2)
    slow = Hashing()
    door = PasswordLane(slow)
    people = [asked(door, SIGN_IN, "POST") for _ in range(100)]
    await asyncio.sleep(0.05)
    assert (slow.inside, slow.late) == (HASHES_AT_ONCE, 100 - HASHES_AT_ONCE - WAITING)
    await asyncio.sleep(0.5)
    assert (slow.inside, slow.late) == (HASHES_AT_ONCE, 100 - HASHES_AT_ONCE)
    slow.go_on.set()
    await asyncio.gather(*people)
    await asked(door, SIGN_IN, "POST")
    assert slow.answered == HASHES_AT_ONCE + 1


async def test_who_is_refused_hears_when_to_come_back_and_nothing_is_hashed(monkeypatch):
    monkeypatch.setattr(MD5PasswordHasher, "encode", None)  # to hash would fail
    scope = HttpCommunicator(None, "POST", SIGN_IN, headers=[(b"host", b"localhost")]).scope
    answer = HttpCommunicator(Handler(), "POST", SIGN_IN, headers=[(b"host", b"localhost")])
    answer.scope = scope | {"late": True}
    said = await answer.get_response(timeout=30)
    assert said["status"] == 503
    assert int(dict(said["headers"])[b"Retry-After"]) == error_pages.LATE_S
    assert b"try again in a few seconds" in said["body"]
