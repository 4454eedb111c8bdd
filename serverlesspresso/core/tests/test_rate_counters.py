"""Counters of a bar in one process: nobody pushes out somebody else's."""

import pytest

from serverlesspresso.core import rate_counters


@pytest.fixture
def cache(request):
    made = rate_counters.CountersInLocMemCache(request.node.name, {"OPTIONS": {"MAX_ENTRIES": 200_000}})
    yield made
    made.clear()


def test_an_hour_of_somebody_elses_tries_pushes_nothing_out(cache):
    """600 a minute, counted by the minute and by the hour."""
    cache.set("sign-ins:Bob", [1.0] * 5, 300)
    for number in range(2 * 36_000):
        cache.set(f"asked:{number}", [1.0], 3600)
    assert cache.get("sign-ins:Bob") == [1.0] * 5


def test_what_is_over_goes_first(cache, monkeypatch):
    now = [1_000.0]
    monkeypatch.setattr(rate_counters.time, "time", lambda: now[0])
    cache.set("sign-ins:Bob", 5, 900)
    for minute in range(10):
        now[0] = 1_000.0 + 61 * minute
        for number in range(3_000):
            cache.set(f"{minute}:{number}", 1, 60)
    assert cache.get("sign-ins:Bob") == 5
    assert len(cache._cache) < 15_000


def test_there_is_an_end_to_it_nonetheless(cache):
    small = rate_counters.CountersInLocMemCache("small", {"OPTIONS": {"MAX_ENTRIES": 300}})
    for number in range(1_000):
        small.set(str(number), 1, 3600)
    assert len(small._cache) <= 300
    small.clear()
