"""Garbage is collected beside many sockets when nobody waits, and memory does not grow for ever."""

import gc

import pytest

from serverlesspresso.server import garbage
from serverlesspresso.server.garbage import MANY, Garbage


@pytest.fixture
def calls(monkeypatch):
    calls = []
    for name in ("collect", "freeze", "unfreeze"):
        monkeypatch.setattr(gc, name, lambda name=name: calls.append(name))
    return calls


def test_what_lives_is_frozen_once_after_many_sockets_have_come(calls):
    process = Garbage()
    process.came = MANY - 1
    process.look()
    assert calls == []
    process.came += 1
    process.look()
    process.look()
    assert calls == ["collect", "freeze"]


def test_while_somebody_is_answered_nothing_is_searched(calls, monkeypatch):
    process = Garbage()
    process.came = MANY
    process.work()
    process.look()
    assert calls == []
    process.worked_at -= 2 * garbage.QUIET_S
    process.look()
    assert calls == ["collect", "freeze"]


def test_sockets_that_have_gone_are_not_kept_in_memory(calls):
    process = Garbage()
    process.came, process.gone = MANY, 2 * MANY
    process.look()
    assert calls == ["unfreeze", "collect", "freeze"]
    process.came = MANY
    process.look()
    assert calls[3:] == ["collect", "freeze"]
