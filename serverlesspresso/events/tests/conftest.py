import pytest

from serverlesspresso.events.delivery import subscribers


@pytest.fixture(autouse=True)
def no_other_subscribers(monkeypatch):
    """Here only those are subscribed that a test subscribes."""
    monkeypatch.setattr(subscribers, "_subscribers", {})
    monkeypatch.setattr(subscribers, "_by_type", {})
