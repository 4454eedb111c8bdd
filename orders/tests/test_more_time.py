"""Places of people who choose: more time, and staff who free them while others wait."""

import pytest

from conftest import choosing
from display import qr_codes, wall_proof
from display.models import Hold
from orders import commands, deadlines, staff_commands, waiting_list, workflow
from orders.models import Turn
from serverlesspresso.accounts.identity import Person
from serverlesspresso.core import clock
from serverlesspresso.core.errors import Refusal

ALICE_S_OFFER_S = waiting_list.OFFER_LASTS.total_seconds()


def ask(store, person: Person, **more) -> Turn:
    """Somebody at the wall gets on the list."""
    return waiting_list.join(store, person, wall_proof.proof(qr_codes.current_code(store)), **more)


def use_up(code) -> None:
    """Scans take all that is left of a code."""
    for number in range(code.remaining):
        qr_codes.take_hold(code, browser=f"browser {number} of {code.pk}")
    code.refresh_from_db()


def refusal_of(act, *args, **kwargs) -> str:
    with pytest.raises(Refusal) as refused:
        act(*args, **kwargs)
    return refused.value.code


def test_more_time_is_given_once_while_somebody_waits_and_ten_times_else(store, alice, charlie):
    order = commands.extend(choosing(alice, store), by=alice)
    assert deadlines.more_time(order) == 9
    use_up(qr_codes.current_code(store))
    turn = ask(store, Person(charlie))
    assert deadlines.more_time(order) == 0
    assert refusal_of(commands.extend, order, by=alice) == "no_more_time"
    waiting_list.leave(turn)
    assert commands.extend(order, by=alice).extensions == 2


def test_more_time_is_given_a_first_time_while_somebody_waits(store, alice, charlie):
    order = choosing(alice, store)
    use_up(qr_codes.current_code(store))
    ask(store, Person(charlie))
    assert commands.extend(order, by=alice).extensions == 1


def test_staff_free_the_places_of_those_who_choose_for_long_and_of_nobody_else(store, alice, charlie, bob):
    long = commands.extend(choosing(alice, store), by=alice)
    clock.advance(store.customer_s - 10)
    long = commands.extend(long, by=alice)
    short = choosing(charlie, store)
    assert staff_commands.free_places(store, by=bob) == []
    clock.advance(10)
    assert staff_commands.free_places(store, by=bob) == [long]
    long.refresh_from_db(), short.refresh_from_db()
    assert (long.status, long.reason, short.status) == ("cancelled", "choosing_long", "choosing")
    workflow.settle(long.pk)
    assert Hold.objects.get(pk=long.hold_id).returned_at, "the drink goes back to its code"
