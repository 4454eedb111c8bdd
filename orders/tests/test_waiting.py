"""The waiting list: fair, bounded, never more than the code and the queue have, and over when not taken."""

import pytest

from config import services
from conftest import choosing, make_store, make_user, queued
from display import qr_codes, wall_proof
from display.models import Hold
from orders import admission, commands, invitations, queries, waiting_list
from orders.models import Order, Turn
from orders.sweep import sweep
from serverlesspresso.accounts.identity import Person
from serverlesspresso.core import clock
from serverlesspresso.core.errors import Bound, Refusal

ALICE_S_OFFER_S = waiting_list.OFFER_LASTS.total_seconds()


def people(count: int) -> list[Person]:
    return [Person(make_user(f"Guest{number}")) for number in range(count)]


def ask(store, person: Person, **more) -> Turn:
    """Somebody at the wall gets on the list."""
    return waiting_list.join(store, person, wall_proof.proof(qr_codes.current_code(store)), **more)


def use_up(code) -> None:
    """Scans take all that is left of a code."""
    for number in range(code.remaining):
        qr_codes.take_hold(code, browser=f"browser {number} of {code.pk}")
    code.refresh_from_db()


def fill(store, count: int) -> list[Order]:
    return [queued(make_user(f"Early{number}"), store) for number in range(count)]


@pytest.fixture
def used_up(store):
    """The store, whose code of now is used up."""
    use_up(qr_codes.current_code(store))
    return store


def offered(turn: Turn) -> bool:
    turn.refresh_from_db()
    return turn.offered_until is not None and turn.ended_at is None


def test_who_finds_room_need_not_wait(store, alice):
    with pytest.raises(Refusal) as refused:
        ask(store, Person(alice))
    assert refused.value.code == "room_now"
    assert not Turn.objects.exists()


def test_asking_twice_keeps_the_turn(used_up, alice):
    assert ask(used_up, Person(alice)) == ask(used_up, Person(alice))


def test_who_may_not_order_may_not_wait(used_up, alice):
    used_up.is_open = False
    used_up.save()
    with pytest.raises(Refusal) as refused:
        ask(used_up, Person(alice))
    assert refused.value.code == "store_closed"


def test_nothing_is_offered_out_of_a_code_that_is_used_up(used_up, alice):
    turn = ask(used_up, Person(alice))
    assert waiting_list.offer_due() == 0
    assert not offered(turn)


def test_the_next_code_is_offered_by_the_sweep(used_up, alice):
    turn = ask(used_up, Person(alice))
    clock.advance(used_up.code_s)
    sweep()
    assert offered(turn)
    assert turn.hold.code == qr_codes.current_code(used_up)
    assert qr_codes.current_code(used_up).used == 1


def test_half_of_a_code_goes_to_the_list_in_the_order_of_asking(used_up):
    turns = [ask(used_up, person) for person in people(7)]
    clock.advance(used_up.code_s)
    assert waiting_list.offer_due() == 5
    assert [offered(turn) for turn in turns] == [True] * 5 + [False] * 2
    assert waiting_list.offer_due() == 0, "one code's half, however often it is asked"


def test_an_offer_that_is_not_taken_goes_back_and_to_the_next(used_up):
    turns = [ask(used_up, person) for person in people(6)]
    clock.advance(used_up.code_s)
    waiting_list.offer_due()
    clock.advance(ALICE_S_OFFER_S)
    waiting_list.offer_due()
    assert [offered(turn) for turn in turns] == [False] * 5 + [True]
    assert qr_codes.current_code(used_up).used == 1


def test_an_offer_taken_becomes_an_order(used_up, alice):
    turn = ask(used_up, Person(alice))
    clock.advance(used_up.code_s)
    waiting_list.offer_due()
    hold = qr_codes.open_hold(used_up, user=alice)
    assert hold
    order = admission.create_order(hold, Person(alice))
    assert order.hold == hold
    waiting_list.offer_due()
    turn.refresh_from_db()
    assert turn.ended_at
    assert not Hold.objects.get(pk=hold.pk).returned_at


def test_an_offer_keeps_a_place_of_the_queue_that_nobody_else_gets(store, alice, charlie):
    store.capacity = 2
    store.save()
    early = fill(store, 2)
    turn = ask(store, Person(alice))
    commands.withdraw(early[0], by=early[0].customer)
    waiting_list.offer_due()
    assert offered(turn)
    assert not queries.has_room(store)
    with pytest.raises(Refusal) as refused:
        admission.scan(qr_codes.current_code(store), Person(charlie))
    assert refused.value.code == "queue_full"
    hold = qr_codes.open_hold(store, user=alice)
    assert hold
    assert admission.create_order(hold, Person(alice)).is_live


def test_no_more_is_offered_than_there_is_room(store):
    store.capacity = 3
    store.save()
    early = fill(store, 3)
    turns = [ask(store, person) for person in people(4)]
    for order in early[:2]:
        commands.withdraw(order, by=order.customer)
    assert waiting_list.offer_due() == 2
    assert [offered(turn) for turn in turns] == [True, True, False, False]


def test_who_has_ordered_in_between_is_left_out(used_up, alice, charlie):
    mine, next_one = ask(used_up, Person(alice)), ask(used_up, Person(charlie))
    clock.advance(used_up.code_s)
    choosing(alice, used_up)
    waiting_list.offer_due()
    mine.refresh_from_db()
    assert mine.ended_at
    assert offered(next_one)


def test_nothing_is_offered_while_paused_and_turns_are_kept(used_up, alice):
    turn = ask(used_up, Person(alice))
    services.set_status(used_up, paused=True)
    clock.advance(used_up.code_s)
    waiting_list.offer_due()
    assert not offered(turn)
    services.set_status(used_up, paused=False)
    waiting_list.offer_due()
    assert offered(turn)


def test_who_leaves_gives_the_offer_back(used_up, alice):
    turn = ask(used_up, Person(alice))
    clock.advance(used_up.code_s)
    waiting_list.offer_due()
    turn.refresh_from_db()
    waiting_list.leave(turn)
    assert qr_codes.current_code(used_up).used == 0
    assert waiting_list.entry_of(used_up, Person(alice)) is None


def test_the_list_is_bounded(used_up, alice):
    used_up.capacity = 1
    used_up.save()
    for person in people(waiting_list.PER_PLACE):
        ask(used_up, person)
    with pytest.raises(Refusal) as refused:
        ask(used_up, Person(alice))
    assert refused.value.code == "waiting_list_full"


def test_nobody_waits_longer_than_an_hour(used_up, alice):
    turn = ask(used_up, Person(alice))
    clock.advance(waiting_list.WAITS_AT_MOST.total_seconds())
    waiting_list.offer_due()
    turn.refresh_from_db()
    assert turn.ended_at
    assert turn.hold is None


def test_a_place_in_the_line_counts_who_asked_before(used_up):
    turns = [ask(used_up, person) for person in people(3)]
    assert [waiting_list.before(turn) for turn in turns] == [0, 1, 2]


def test_a_guest_is_known_by_the_browser(used_up):
    turn = ask(used_up, Person(None, "her phone"))
    assert waiting_list.entry_of(used_up, Person(None, "her phone")) == turn
    assert waiting_list.entry_of(used_up, Person(None, "another")) is None


def test_a_laptop_that_slept_costs_nobody_their_turn(used_up, alice):
    turn = ask(used_up, Person(alice))
    sweep()
    clock.advance(2 * waiting_list.WAITS_AT_MOST.total_seconds())
    sweep()
    turn.refresh_from_db()
    assert turn.ended_at is None
    assert turn.expires_at > clock.now()


# -- having been at the wall -------------------------------------------------------------------------


def refusal_of(act, *args, **kwargs) -> str:
    with pytest.raises(Refusal) as refused:
        act(*args, **kwargs)
    return refused.value.code


@pytest.mark.parametrize("saw", ["", "made up", "1~made-up", "~", "1~", "x" * 100, "1\0~x"])
def test_nobody_gets_on_the_list_who_saw_no_code(used_up, alice, saw):
    assert refusal_of(waiting_list.join, used_up, Person(alice), saw) in (
        "code_needed",
        "code_invalid",
        "no_such_invite",
    )
    assert not Turn.objects.exists()


def test_a_codes_own_token_is_no_proof_and_a_proof_orders_nothing(used_up, alice):
    code = qr_codes.current_code(used_up)
    assert refusal_of(waiting_list.join, used_up, Person(alice), code.token) == "no_such_invite"
    assert refusal_of(qr_codes.find_code, wall_proof.proof(code)) == "code_invalid"


def test_a_code_of_another_store_puts_nobody_on_the_list(used_up, alice):
    elsewhere = wall_proof.proof(qr_codes.current_code(make_store("XYZ")))
    assert refusal_of(waiting_list.join, used_up, Person(alice), elsewhere) == "code_invalid"


def test_a_code_seen_lately_counts_for_five_minutes_after_its_end(used_up, alice, charlie):
    code = qr_codes.current_code(used_up)
    clock.advance((code.ends_at + wall_proof.LATELY - clock.now()).total_seconds() - 2)
    use_up(qr_codes.current_code(used_up))
    assert waiting_list.join(used_up, Person(alice), wall_proof.proof(code))
    clock.advance(3)
    use_up(qr_codes.current_code(used_up))
    assert refusal_of(waiting_list.join, used_up, Person(charlie), wall_proof.proof(code)) == "code_expired"


def test_a_code_that_was_replaced_puts_nobody_on_the_list_any_more(used_up, alice):
    old = wall_proof.proof(qr_codes.current_code(used_up))
    use_up(qr_codes.new_code_now(used_up))
    assert refusal_of(waiting_list.join, used_up, Person(alice), old) == "code_expired"


def test_an_invitation_puts_one_person_on_the_list_and_is_used_up_by_it(used_up, alice, charlie, bob):
    invite = invitations.make(used_up, by=bob)
    assert waiting_list.join(used_up, Person(alice), invite.pk)
    assert refusal_of(waiting_list.join, used_up, Person(charlie), invite.pk) == "no_such_invite"


def test_an_invitation_is_not_used_up_by_a_refusal(store, alice, bob):
    invite = invitations.make(store, by=bob)
    assert refusal_of(waiting_list.join, store, Person(alice), invite.pk) == "room_now"
    assert invitations.by_token(invite.pk) == invite


def test_an_invitation_of_another_store_puts_nobody_on_the_list(used_up, alice, bob):
    invite = invitations.make(make_store("XYZ"), by=bob)
    assert refusal_of(waiting_list.join, used_up, Person(alice), invite.pk) == "no_such_invite"


def test_one_network_gets_as_many_on_the_list_by_a_code_as_there_are_places(used_up, alice, charlie):
    used_up.capacity = 2
    used_up.save()
    for person in people(2):
        ask(used_up, person, network="here")
    with pytest.raises(Bound) as refused:
        ask(used_up, Person(alice), network="here")
    assert (refused.value.code, refused.value.bound) == ("crowded_network", "list")
    assert ask(used_up, Person(charlie), network="elsewhere")
    clock.advance(used_up.code_s)
    use_up(qr_codes.current_code(used_up))
    assert ask(used_up, Person(alice), network="here"), "the next code begins anew"


def test_where_somebody_asked_from_is_forgotten_with_the_turn(used_up, alice):
    turn = ask(used_up, Person(alice), network="here")
    waiting_list.leave(turn)
    turn.refresh_from_db()
    assert turn.network == ""
