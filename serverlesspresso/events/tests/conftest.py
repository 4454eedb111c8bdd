import pytest

from serverlesspresso.events import after_commit
from serverlesspresso.events.delivery import subscribers
from serverlesspresso.events.live.hub import Hub
from serverlesspresso.events.tests.board import Blackboard


@pytest.fixture(autouse=True)
def no_other_subscribers(monkeypatch):
    """Here only those are subscribed that a test subscribes."""
    monkeypatch.setattr(subscribers, "_subscribers", {})
    monkeypatch.setattr(subscribers, "_by_type", {})


@pytest.fixture
def hints(monkeypatch):
    """Nothing is heard but what a test makes heard: every hint is lost."""
    real = after_commit.broadcast
    monkeypatch.setattr(after_commit, "broadcast", lambda **hint: None)
    return real


@pytest.fixture
def board():
    return Blackboard()


@pytest.fixture
async def hub(hints):
    hub = Hub()
    yield hub
    await hub.stop()
