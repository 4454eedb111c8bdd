"""The database's clock is asked once a second, and counted on from there."""

import datetime as dt

import pytest

from serverlesspresso.core import clock

NOON = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)


class Server:
    """A database with a clock of its own, `late` seconds away."""

    vendor = "postgresql"

    def __init__(self):
        self.boot, self.time, self.late, self.asked = 100.0, NOON, 0.0, 0

    def pass_s(self, seconds):
        self.boot += seconds
        self.time += dt.timedelta(seconds=seconds)

    def cursor(self):
        return self

    __enter__ = cursor

    def __exit__(self, *error):
        pass

    def execute(self, sql):
        self.asked += 1
        self.pass_s(self.late / 2)
        self.said = self.time
        self.pass_s(self.late / 2)

    def fetchone(self):
        return (self.said,)


@pytest.fixture
def server(monkeypatch):
    server = Server()
    monkeypatch.setattr(clock, "connection", server)
    monkeypatch.setattr(clock.time, "clock_gettime", lambda _: server.boot)
    clock.reset()
    yield server
    clock.reset()


def test_it_is_what_the_database_says_and_goes_on_from_there(server):
    assert clock.now() == NOON
    server.pass_s(0.5)
    assert clock.now() == NOON + dt.timedelta(seconds=0.5)
    assert server.asked == 1


def test_it_is_asked_again_after_a_second_and_believed(server):
    clock.now()
    server.pass_s(1.5)
    server.time += dt.timedelta(seconds=30)  # somebody set the server's clock
    assert clock.now() == server.time
    assert server.asked == 2


def test_a_machine_that_slept_does_not_believe_what_it_knew(server):
    clock.now()
    server.pass_s(3600)
    assert clock.now() == NOON + dt.timedelta(hours=1)


def test_an_answer_on_a_slow_line_does_not_replace_a_good_one(server):
    clock.now()
    server.pass_s(1.5)
    server.late = 0.4
    assert clock.now() == server.time
    server.late = 0.0
    server.pass_s(0.1)
    assert clock.now() == server.time


def test_it_can_be_moved(server):
    clock.advance(60)
    assert clock.now() == NOON + dt.timedelta(seconds=60)
