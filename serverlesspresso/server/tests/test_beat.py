import time

from serverlesspresso.celery import app
from serverlesspresso.server.beat import SteadyScheduler


def test_an_idle_beat_looks_only_when_something_is_due(monkeypatch):
    schedule = {"every half second": {"task": "nothing", "schedule": 0.5}}
    monkeypatch.setitem(app.conf, "beat_schedule", schedule)
    scheduler, looks, sent = SteadyScheduler(app=app), 0, []
    monkeypatch.setattr(scheduler, "apply_async", lambda entry, **_: sent.append(entry.name))
    until = time.monotonic() + 2.2
    while time.monotonic() < until:
        looks += 1
        time.sleep(max(scheduler.tick(), 0))
    assert len(sent) >= 4
    assert looks <= 20
