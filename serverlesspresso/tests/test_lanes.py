"""Scans come through a lane of their own, some at a time."""

import asyncio

import pytest

from serverlesspresso.lanes import AT_ONCE, ScanLane


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
    lane = ScanLane(slow)
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
    lane = ScanLane(slow)
    phones = [asked(lane, "/q/token") for _ in range(50)]
    tablet = asked(lane, path, method)
    await asyncio.sleep(0)
    assert slow.inside == AT_ONCE + 1
    slow.go_on.set()
    await asyncio.gather(*phones, tablet)


async def test_a_phone_that_hangs_up_and_a_failure_leave_the_lane():
    slow = Slow()
    lane = ScanLane(slow)
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
