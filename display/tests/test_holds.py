"""QR Validator: an exact budget, and holds that go back where they came from."""

import datetime as dt
import threading

import pytest

from conftest import make_store, scanned
from display import qr_codes
from display.models import Code, Hold
from orders import commands, sweep, workflow
from serverlesspresso.core import clock
from serverlesspresso.core.errors import Refusal

from .scanning import at_once, refused, take

pytestmark = pytest.mark.django_db
SECOND = dt.timedelta(seconds=1)


# -- the budget -------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_fifty_who_scan_at_once_get_exactly_the_budget():
    store = make_store()
    code = qr_codes.current_code(store)

    def scan(number):
        try:
            return take(code, browser=f"browser {number}").pk
        except Refusal as refusal:
            return refusal.code

    results = at_once(*[lambda n=n: scan(n) for n in range(50)])
    assert results.count("code_used_up") == 40
    code.refresh_from_db()
    assert (code.used, Hold.objects.count()) == (10, 10)


def meet_after_the_checks(monkeypatch, people):
    """Let everybody pass all checks before anybody takes: the worst moment."""
    gate, check = threading.Barrier(people), qr_codes._check_rate

    def wait(*args):
        check(*args)
        gate.wait(10)

    monkeypatch.setattr(qr_codes, "_check_rate", wait)


@pytest.mark.django_db(transaction=True)
def test_the_conditional_update_holds_even_when_all_looked_before_any_took(monkeypatch):
    store = make_store(per_code=3)
    code = qr_codes.current_code(store)
    meet_after_the_checks(monkeypatch, 12)

    def scan(number):
        try:
            return qr_codes.take_hold(qr_codes.find_code(code.token), browser=f"browser {number}").pk
        except Refusal as refusal:
            return refusal.code

    assert at_once(*[lambda n=n: scan(n) for n in range(12)]).count("code_used_up") == 9
    assert Hold.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_looking_first_and_taking_then_would_oversell(monkeypatch):
    """The negative control of the test above: the same meeting, without the condition in the update."""
    store = make_store(per_code=3)
    code = qr_codes.current_code(store)
    meet_after_the_checks(monkeypatch, 12)

    def naive(number):
        seen = qr_codes.find_code(code.token)
        if seen.remaining <= 0:
            return "code_used_up"
        qr_codes._check_rate(None, f"browser {number}", clock.now())
        Code.objects.filter(pk=seen.pk).update(used=seen.used + 1)
        return Hold.objects.create(code=seen, taken_at=clock.now(), expires_at=clock.now()).pk

    assert "code_used_up" not in at_once(*[lambda n=n: naive(n) for n in range(12)])
    assert Hold.objects.count() == 12


def test_used_up_says_when_the_next_code_comes_and_uses_nothing_up(store, alice, charlie):
    store.per_code = 1
    store.save()
    code = qr_codes.current_code(store)
    take(code, user=alice)
    refusal = refused(take, code, user=charlie)
    assert (refusal.code, refusal.status) == ("code_used_up", 409)
    assert refusal.retry_at == code.ends_at
    assert Hold.objects.count() == 1


def test_a_used_up_code_in_its_grace_is_followed_by_one_that_can_be_scanned_now(store, alice, charlie):
    store.per_code = 1
    store.save()
    code = qr_codes.current_code(store)
    take(code, user=alice)
    clock.advance((code.ends_at - clock.now()).total_seconds() + 30)
    assert abs(refused(take, code, user=charlie).retry_at - clock.now()) < SECOND


def test_what_was_given_back_can_be_taken_again(store, alice, charlie):
    store.per_code = 1
    store.save()
    code = qr_codes.current_code(store)
    qr_codes.give_back(take(code, user=alice).pk)
    assert take(code, user=charlie).code_id == code.pk


# -- holds ------------------------------------------------------------------------------------------


def test_a_hold_can_be_used_once(store, alice):
    hold = take(qr_codes.current_code(store), browser="phone")
    assert qr_codes.use_hold(hold, alice) is True
    assert qr_codes.use_hold(hold, alice) is False
    hold.refresh_from_db()
    assert hold.user == alice


@pytest.mark.django_db(transaction=True)
def test_a_hold_used_twice_at_once_is_used_once():
    store = make_store()
    hold = take(qr_codes.current_code(store), browser="phone")
    assert sorted(at_once(*[lambda: qr_codes.use_hold(hold, None)] * 6)) == [False] * 5 + [True]


def test_a_hold_not_used_in_5_minutes_goes_back(store, alice):
    code = qr_codes.current_code(store)
    hold = take(code, browser="phone")
    clock.advance(299)
    assert qr_codes.give_back_unused() == 0
    assert qr_codes.open_hold(store, browser="phone") == hold
    clock.advance(1.5)
    assert qr_codes.open_hold(store, browser="phone") is None
    assert qr_codes.use_hold(hold, alice) is False
    assert qr_codes.give_back_unused() == 1
    code.refresh_from_db()
    assert code.used == 0


def test_the_sweep_gives_unused_holds_back(store):
    code = qr_codes.current_code(store)
    take(code, browser="phone")
    sweep.sweep()
    for _ in range(4):  # no longer gap between two sweeps than a bar that is awake would have
        clock.advance(100)
        sweep.sweep()
    code.refresh_from_db()
    assert code.used == 0


def test_a_hold_goes_back_to_its_own_code_even_an_expired_one_never_to_the_next(store):
    old = qr_codes.current_code(store)
    hold = take(old, browser="phone")
    clock.advance(400)
    new = qr_codes.current_code(store)
    take(new, browser="other phone")
    assert qr_codes.give_back(hold.pk)
    old.refresh_from_db(), new.refresh_from_db()
    assert (old.used, new.used) == (0, 1)


def test_a_hold_goes_back_once(store):
    code = qr_codes.current_code(store)
    hold, _ = take(code, browser="phone"), take(code, browser="other phone")
    assert [qr_codes.give_back(hold.pk), qr_codes.give_back(hold.pk)] == [True, False]
    code.refresh_from_db()
    assert code.used == 1


@pytest.mark.django_db(transaction=True)
def test_a_hold_given_back_and_used_at_once_is_one_or_the_other():
    store = make_store()
    for number in range(10):
        code = qr_codes.new_code_now(store)
        hold = take(code, browser=f"phone {number}")
        used, dropped = at_once(lambda h=hold: qr_codes.use_hold(h, None), lambda h=hold: qr_codes.drop(h.pk))
        code.refresh_from_db()
        assert used is not dropped
        assert code.used == (1 if used else 0)


def test_a_hold_that_became_an_order_is_not_dropped(store, alice):
    order = scanned(alice, store)
    assert qr_codes.drop(order.hold_id) is False
    assert Code.objects.get(holds=order.hold_id).used == 1


def test_the_hold_of_an_order_that_ends_before_it_was_submitted_goes_back(store, alice):
    order = scanned(alice, store)
    commands.withdraw(order, by=alice)
    workflow.settle(order.pk)
    workflow.settle(order.pk)
    assert Code.objects.get(holds=order.hold_id).used == 0


# -- three holds an hour ----------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["person", "browser"])
def test_the_fourth_hold_in_an_hour_is_refused_until_the_first_is_an_hour_old(store, alice, who):
    me = {"user": alice} if who == "person" else {"browser": "phone"}
    first = take(qr_codes.current_code(store), **me)
    for _ in range(2):
        clock.advance(600)
        take(qr_codes.current_code(store), **me)
    refusal = refused(take, qr_codes.current_code(store), **me)
    assert (refusal.code, refusal.status) == ("too_many_holds", 429)
    assert refusal.retry_at == first.taken_at + dt.timedelta(hours=1)
    clock.advance((refusal.retry_at - clock.now()).total_seconds())
    assert take(qr_codes.current_code(store), **me)


def test_the_fourth_hold_uses_nothing_up(store, alice):
    for _ in range(3):
        take(qr_codes.current_code(store), user=alice)
    refused(take, qr_codes.current_code(store), user=alice)
    assert qr_codes.current_code(store).used == 3


def test_holds_are_counted_for_each_person_and_browser_alone(store, alice, charlie):
    for _ in range(3):
        take(qr_codes.current_code(store), user=alice, browser="phone")
    assert refused(take, qr_codes.current_code(store), browser="phone").code == "too_many_holds"
    assert refused(take, qr_codes.current_code(store), user=alice, browser="tablet").code == "too_many_holds"
    assert take(qr_codes.current_code(store), user=charlie, browser="tablet")


@pytest.mark.parametrize("kind", ["robots", "recording"])
def test_robots_may_hold_as_many_as_they_like(kind, alice):
    store = make_store("BOT", kind=kind)
    for _ in range(5):
        take(qr_codes.current_code(store), user=alice)
    assert qr_codes.current_code(store).used == 5
