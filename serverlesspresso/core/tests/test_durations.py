"""Spans of time, in words."""

import pytest
from django.utils import translation

from serverlesspresso.core import durations


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (4.4, "4 s"), (59.6, "1 min 0 s"), (80, "1 min 20 s"), (3725, "1 h 2 min")],
)
def test_a_span_is_said_in_the_two_units_that_matter(seconds, words):
    with translation.override("en"):
        assert durations.humanize(seconds) == words
