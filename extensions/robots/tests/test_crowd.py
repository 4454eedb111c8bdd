"""Many robots on few threads, each when its rest is over; and what they met is counted."""

import threading

from extensions.robots.crowd import Crowd
from extensions.robots.report import Report


def steps(said, name, *rests):
    for rest in rests:
        said.append(name)
        yield rest
    said.append(name)


def test_each_acts_when_its_rest_is_over_and_all_come_to_their_end():
    said, broken = [], []
    crowd = Crowd(broken.append, threads=2)
    crowd.add(steps(said, "slow", 0.2))
    crowd.add(steps(said, "quick", 0.01, 0.01), after=0.05)
    crowd.run()
    assert said == ["slow", "quick", "quick", "quick", "slow"]
    assert not broken


def test_one_that_breaks_is_reported_and_the_rest_go_on():
    def breaks():
        yield 0
        raise RuntimeError("spilled")

    said, broken = [], []
    crowd = Crowd(broken.append, threads=2)
    crowd.add(breaks())
    crowd.add(steps(said, "calm", 0.1))
    crowd.run()
    assert [str(error) for error in broken] == ["spilled"]
    assert said == ["calm", "calm"]


def test_enough_is_enough():
    crowd = Crowd(lambda error: None, threads=2)
    crowd.add(steps([], "long", *[30] * 10))
    crowd.run(lambda: True)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("robots-")]


def test_the_account_tells_outcomes_refusals_times_and_what_nobody_can_explain():
    account = Report()
    account.ended("got their coffee")
    account.refused("queue_full", "POST x")
    account.took("a look", 0.25)
    assert "Nothing unexplained" in account.told()
    account.refused("500", "POST x")
    told = account.told()
    assert all(part in told for part in ("1  got their coffee", "1  queue_full", "250 ms", "UNEXPLAINED: 1"))
    assert account.unexplained == ["POST x was refused: 500"]
