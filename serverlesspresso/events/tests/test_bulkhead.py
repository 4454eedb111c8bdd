"""Places for what leaves the house: a receiver that hangs is in nobody's way but its own."""

import pytest

from serverlesspresso.events.bulkhead import QUICK_S, Bulkhead


@pytest.fixture
def bulkhead() -> Bulkhead:
    return Bulkhead(places=8, each=2)


def trusted(bulkhead, *receivers):
    for receiver in receivers:
        assert bulkhead.enter(receiver)
        bulkhead.leave(receiver, 0.1)


def test_a_bulkhead_gives_a_receiver_nothing_is_known_of_one_place(bulkhead):
    assert bulkhead.enter("new")
    assert not bulkhead.enter("new")


def test_a_bulkhead_gives_a_receiver_that_was_quick_its_share_and_no_more(bulkhead):
    trusted(bulkhead, "quick")
    assert [bulkhead.enter("quick") for _ in range(3)] == [True, True, False]


def test_a_bulkhead_gives_a_receiver_that_was_slow_one_place_again(bulkhead):
    trusted(bulkhead, "quick")
    assert bulkhead.enter("quick")
    bulkhead.leave("quick", QUICK_S + 1)
    assert [bulkhead.enter("quick") for _ in range(2)] == [True, False]


def test_a_bulkhead_keeps_half_of_its_places_from_those_that_hang(bulkhead):
    trusted(bulkhead, "quick")
    hanging = [bulkhead.enter(f"hanging {number}") for number in range(10)]
    assert hanging.count(True) == 4
    assert bulkhead.enter("quick")
    assert bulkhead.enter("quick")


def test_a_bulkhead_never_lets_in_more_than_it_has_places(bulkhead):
    quick = [f"quick {number}" for number in range(10)]
    trusted(bulkhead, *quick)
    assert [bulkhead.enter(each) for each in quick].count(True) == 8


def test_a_bulkhead_with_one_place_has_it_for_anybody():
    bulkhead = Bulkhead(places=1, each=1)
    assert bulkhead.enter("new")
    bulkhead.leave("new", 60)
    assert bulkhead.enter("new")


def test_a_bulkhead_says_who_would_be_let_in(bulkhead):
    trusted(bulkhead, "quick", "busy")
    assert bulkhead.enter("busy")
    assert bulkhead.enter("busy")
    assert bulkhead.room() == (None, {"busy"})
    for number in range(4):
        bulkhead.enter(f"hanging {number}")
    assert bulkhead.room().only == {"quick"}


def test_a_bulkhead_remembers_that_somebody_was_turned_away(bulkhead):
    assert bulkhead.enter("new")
    assert not bulkhead.turned_away
    bulkhead.enter("new")
    assert bulkhead.turned_away


def test_a_bulkhead_learns_nothing_from_a_place_that_was_not_used(bulkhead):
    assert bulkhead.enter("new")
    bulkhead.leave("new", None)
    assert [bulkhead.enter("new") for _ in range(2)] == [True, False]


def test_a_bulkhead_gives_the_only_receiver_of_a_kind_all_its_places_however_slow_it_is():
    bulkhead = Bulkhead(places=4, each=4)
    assert bulkhead.enter("")
    bulkhead.leave("", 60)
    assert [bulkhead.enter("") for _ in range(5)] == [True] * 4 + [False]
