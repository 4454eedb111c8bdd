"""Kill the process at every named point of every transition: nothing is lost, nothing happens twice."""

import json
import subprocess
import sys

import pytest
from django.conf import settings

from serverlesspresso.core import failpoints

pytestmark = pytest.mark.own_database
HOW = {
    "requests": {
        "scan", "walk-up", "pause", "submit", "submit while validating", "extend", "swap", "give up",
        "withdraw", "make", "take over", "unmake", "complete", "complete at once", "recall", "collect",
        "cancel",
    },
    "clocks": {"sweep", "barista's clock"},
    "bus": {"hand over"},
}  # fmt: skip
REQUESTS_ONLY = {
    "scan.locked", "hold.budgeted", "hold.taken", "order.held", "order.created", "work.noted", "status.saved",
    "key.claimed", "key.effected", "key.answered", "key.committed",
}  # fmt: skip
CLOCKS_ONLY = {"overdue.found"}
BUS_ONLY = {point for point in failpoints.POINTS if point.startswith("bus.")}
HIT = {
    "requests": set(failpoints.POINTS) - CLOCKS_ONLY - BUS_ONLY,
    "clocks": set(failpoints.POINTS) - REQUESTS_ONLY - BUS_ONLY,
    "bus": BUS_ONLY,
}


def died(kind: str) -> list[dict]:
    """What the crasher found, a transition each."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tests.reliability.crasher", kind],
        check=False,
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        timeout=580,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("kind", HOW)
def test_a_death_at_any_point_loses_and_doubles_nothing(kind):
    found = died(kind)
    assert {each["transition"] for each in found} == HOW[kind]
    for each in found:
        assert each["wrong"] == {}, each["transition"]
        assert each["expected"]["gapless"]
        for order in each["expected"]["orders"].values():
            assert order[-1] is None, order
    hits = {hit for each in found for hit in each["hits"]}
    assert hits == HIT[kind]
    if kind == "bus":
        for each in found:
            bus = each["expected"]["bus"]
            [[_, _, head], _] = bus["places"]
            count = len(bus["took"]) // 2
            assert count >= 5
            took = sorted(f"{name} took {head - n}" for name in ("crash", "calm") for n in range(count))
            places = [["calm", "ABC", head], ["crash", "ABC", head]]
            assert bus == {"took": took, "places": places, "parked": []}


def test_a_failpoint_that_does_not_exist_is_refused():
    with pytest.raises(KeyError):
        failpoints.arm("coffee.spilt")
    failpoints.arm("")
