"""Some hundred requests nobody would think of; `python -m bench.fuzz --requests 100000` sends more."""

from .fuzz import Fuzzer
from .scene import make_scene


def test_whatever_is_sent_is_answered_and_what_is_refused_changes_nothing(db):
    report = Fuzzer(make_scene()).run(300)
    assert report.wrong == []
    assert report.requests >= 300
    assert {200, 404, 422} <= set(report.answers)
