"""QR Validator: one code a window, an exact budget, and holds that go back where they came from."""

import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections, transaction

from conftest import make_store, scanned
from display import codes
from display.models import Code, Hold
from orders import manager, processor, sweep
from serverlesspresso import clock
from serverlesspresso.errors import Refusal

pytestmark = pytest.mark.django_db
SECOND = dt.timedelta(seconds=1)


def at_once(*acts):
    """Run the acts in threads of their own, all released at the same moment; their results, in order."""
    gate = threading.Barrier(len(acts))

    def run(act):
        try:
            gate.wait(10)
            return act()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def take(code, **who):
    """Take a hold as the callers do: in a transaction, from a code just found."""
    with transaction.atomic():
        return codes.take_hold(codes.find_code(code.token), **who)


def refused(act, *args, **kwargs) -> Refusal:
    with pytest.raises(Refusal) as caught:
        act(*args, **kwargs)
    return caught.value


def to_the_start_of_a_window(store) -> Code:
    """Move the clock to the first moment of a code's life."""
    clock.advance((codes.current_code(store).ends_at - clock.now()).total_seconds())
    return codes.current_code(store)


# -- one code per store and window ------------------------------------------------------------------


def test_a_code_lasts_one_window_and_windows_follow_each_other(store):
    first = codes.current_code(store)
    assert first.ends_at - first.starts_at == dt.timedelta(seconds=300)
    assert first.starts_at <= clock.now() < first.ends_at
    clock.advance((first.ends_at - clock.now()).total_seconds())
    second = codes.current_code(store)
    assert second.starts_at == first.ends_at
    assert second.token != first.token


def test_windows_are_aligned_however_late_somebody_asks(store):
    clock.advance(1234.5)
    assert codes.current_code(store).starts_at.timestamp() % 300 == 0


def test_asking_again_gives_the_same_code(store):
    assert codes.current_code(store).pk == codes.current_code(store).pk


@pytest.mark.django_db(transaction=True)
def test_twenty_screens_asking_at_once_get_one_code():
    store = make_store()
    found = at_once(*[lambda: codes.current_code(store).pk] * 20)
    assert len(set(found)) == 1
    assert Code.objects.count() == 1


def test_two_stores_have_codes_of_their_own(store):
    assert codes.current_code(store).token != codes.current_code(make_store("XYZ")).token


def test_a_token_has_128_random_bits(store):
    assert len(codes.current_code(store).token) == 22  # 16 bytes in base64


@pytest.mark.parametrize("seconds", [60, 420, 900, 86_400, 5])
def test_after_another_length_is_set_the_running_code_lives_on_and_the_next_follows_it(store, seconds):
    running = to_the_start_of_a_window(store)
    clock.advance(150)
    store.code_s = seconds
    store.save()
    assert codes.current_code(store).pk == running.pk
    clock.advance(150)
    following = codes.current_code(store)
    assert following.starts_at == running.ends_at
    assert running.ends_at < following.ends_at <= running.ends_at + dt.timedelta(seconds=seconds)


def test_a_longer_window_does_not_reach_back_into_an_ended_one(store):
    store.code_s = 60
    store.save()
    short = codes.current_code(store)
    clock.advance(60 + (short.ends_at - clock.now()).total_seconds())
    store.code_s = 86_400
    store.save()
    assert codes.current_code(store).starts_at == short.ends_at


def test_another_budget_counts_from_the_next_code_on(store):
    code = codes.current_code(store)
    store.per_code = 3
    store.save()
    assert codes.current_code(store).budget == 10
    clock.advance((code.ends_at - clock.now()).total_seconds())
    assert codes.current_code(store).budget == 3


def test_the_codes_of_many_stores_come_in_one_query(store, django_assert_num_queries):
    stores = [store, make_store("DEF"), make_store("GHI")]
    expected = {each.slug: codes.current_code(each).pk for each in stores}
    with django_assert_num_queries(2):  # the codes, and stores that have none
        found = codes.current_codes(type(store).objects.all())
    assert {slug: code.pk for slug, code in found.items()} == expected


def test_the_codes_of_many_stores_are_made_where_there_is_none(store):
    found = codes.current_codes(type(store).objects.all())
    assert found["ABC"].pk == codes.current_code(store).pk


# -- a new code now ---------------------------------------------------------------------------------


def test_a_new_code_kills_the_running_one_and_ends_when_it_would_have(store, alice):
    old = codes.current_code(store)
    new = codes.new_code_now(store)
    assert new.token != old.token
    assert new.ends_at == old.ends_at
    assert codes.current_code(store).pk == new.pk
    assert refused(take, old, user=alice).code == "code_expired"
    assert take(new, user=alice).code_id == new.pk


def test_holds_of_a_killed_code_stay_and_go_back_to_it(store, alice):
    old = codes.current_code(store)
    hold = take(old, user=alice)
    new = codes.new_code_now(store)
    assert codes.use_hold(hold, alice)
    assert codes.give_back(hold.pk)
    old.refresh_from_db(), new.refresh_from_db()
    assert (old.used, new.used) == (0, 0)


def test_a_code_killed_while_somebody_scans_gives_no_hold(store, alice):
    scanned_code = codes.current_code(store)
    codes.new_code_now(store)
    assert scanned_code.replaced_at is None, "this copy does not know yet"
    assert refused(codes.take_hold, scanned_code, user=alice).code == "code_expired"
    assert not Hold.objects.exists()


def test_two_new_codes_in_a_row_leave_one_running(store):
    codes.new_code_now(store), codes.new_code_now(store)
    assert Code.objects.filter(replaced_at=None).count() == 1
    assert Code.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_baristas_who_want_a_new_code_at_once_leave_one_running():
    store = make_store()
    old = codes.current_code(store)
    at_once(*[lambda: codes.new_code_now(store)] * 8)
    assert Code.objects.filter(replaced_at=None).count() == 1
    assert codes.current_code(store).pk != old.pk


def test_a_colleague_who_was_first_with_a_new_code_is_no_error(store, monkeypatch):
    old = codes.current_code(store)
    first = codes.new_code_now(store)
    answers = iter([old, first])
    monkeypatch.setattr(codes, "current_code", lambda store: next(answers))
    assert codes.new_code_now(store).pk == first.pk
    assert Code.objects.count() == 2


# -- the budget -------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_fifty_who_scan_at_once_get_exactly_the_budget():
    store = make_store()
    code = codes.current_code(store)

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
    gate, check = threading.Barrier(people), codes._check_rate

    def wait(*args):
        check(*args)
        gate.wait(10)

    monkeypatch.setattr(codes, "_check_rate", wait)


@pytest.mark.django_db(transaction=True)
def test_the_conditional_update_holds_even_when_all_looked_before_any_took(monkeypatch):
    store = make_store(per_code=3)
    code = codes.current_code(store)
    meet_after_the_checks(monkeypatch, 12)

    def scan(number):
        try:
            return codes.take_hold(codes.find_code(code.token), browser=f"browser {number}").pk
        except Refusal as refusal:
            return refusal.code

    assert at_once(*[lambda n=n: scan(n) for n in range(12)]).count("code_used_up") == 9
    assert Hold.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_looking_first_and_taking_then_would_oversell(monkeypatch):
    """The negative control of the test above: the same meeting, without the condition in the update."""
    store = make_store(per_code=3)
    code = codes.current_code(store)
    meet_after_the_checks(monkeypatch, 12)

    def naive(number):
        seen = codes.find_code(code.token)
        if seen.remaining <= 0:
            return "code_used_up"
        codes._check_rate(None, f"browser {number}", clock.now())
        Code.objects.filter(pk=seen.pk).update(used=seen.used + 1)
        return Hold.objects.create(code=seen, taken_at=clock.now(), expires_at=clock.now()).pk

    assert "code_used_up" not in at_once(*[lambda n=n: naive(n) for n in range(12)])
    assert Hold.objects.count() == 12


def test_used_up_says_when_the_next_code_comes_and_uses_nothing_up(store, alice, charlie):
    store.per_code = 1
    store.save()
    code = codes.current_code(store)
    take(code, user=alice)
    refusal = refused(take, code, user=charlie)
    assert (refusal.code, refusal.status) == ("code_used_up", 409)
    assert refusal.retry_at == code.ends_at == codes.next_code_at(store)
    assert Hold.objects.count() == 1


def test_a_used_up_code_in_its_grace_is_followed_by_one_that_can_be_scanned_now(store, alice, charlie):
    store.per_code = 1
    store.save()
    code = codes.current_code(store)
    take(code, user=alice)
    clock.advance((code.ends_at - clock.now()).total_seconds() + 30)
    assert abs(refused(take, code, user=charlie).retry_at - clock.now()) < SECOND


def test_what_was_given_back_can_be_taken_again(store, alice, charlie):
    store.per_code = 1
    store.save()
    code = codes.current_code(store)
    codes.give_back(take(code, user=alice).pk)
    assert take(code, user=charlie).code_id == code.pk


# -- until when -------------------------------------------------------------------------------------


def test_a_code_is_accepted_until_its_end_and_60_seconds_to_the_second(store, alice, charlie):
    code = codes.current_code(store)
    moment = {"now": code.ends_at + dt.timedelta(seconds=60) - dt.timedelta(microseconds=1)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "now", lambda: moment["now"])
        assert take(code, user=alice).code_id == code.pk
        moment["now"] = code.ends_at + dt.timedelta(seconds=60)
        refusal = refused(take, code, user=charlie)
    assert (refusal.code, refusal.status) == ("code_expired", 409)


@pytest.mark.parametrize(
    "token",
    ["", "x", "no such token", "a" * 10_000, "a\0b", "\0", "é", "😀", "\ud800", "%00", "../../etc/passwd", "' OR 1=1 --"],
)
def test_what_is_no_token_of_ours_is_refused_as_such(store, token):
    codes.current_code(store)
    refusal = refused(codes.find_code, token, store)
    assert (refusal.code, refusal.status) == ("code_invalid", 400)


def test_another_stores_code_is_refused_as_none_of_ours(store):
    foreign = codes.current_code(make_store("XYZ"))
    assert refused(codes.find_code, foreign.token, store).code == "code_invalid"
    assert codes.find_code(foreign.token).pk == foreign.pk


def test_the_code_of_an_archived_store_is_none_of_ours(store):
    token = codes.current_code(store).token
    store.archived_at = clock.now()
    store.save()
    assert refused(codes.find_code, token).code == "code_invalid"


# -- holds ------------------------------------------------------------------------------------------


def test_a_hold_can_be_used_once(store, alice):
    hold = take(codes.current_code(store), browser="phone")
    assert codes.use_hold(hold, alice) is True
    assert codes.use_hold(hold, alice) is False
    hold.refresh_from_db()
    assert hold.user == alice


@pytest.mark.django_db(transaction=True)
def test_a_hold_used_twice_at_once_is_used_once():
    store = make_store()
    hold = take(codes.current_code(store), browser="phone")
    assert sorted(at_once(*[lambda: codes.use_hold(hold, None)] * 6)) == [False] * 5 + [True]


def test_a_hold_not_used_in_5_minutes_goes_back(store, alice):
    code = codes.current_code(store)
    hold = take(code, browser="phone")
    clock.advance(299)
    assert codes.give_back_unused() == 0
    assert codes.open_hold(store, browser="phone") == hold
    clock.advance(1.5)
    assert codes.open_hold(store, browser="phone") is None
    assert codes.use_hold(hold, alice) is False
    assert codes.give_back_unused() == 1
    code.refresh_from_db()
    assert code.used == 0


def test_the_sweep_gives_unused_holds_back(store):
    code = codes.current_code(store)
    take(code, browser="phone")
    sweep.sweep()
    for _ in range(4):  # no longer gap between two sweeps than a bar that is awake would have
        clock.advance(100)
        sweep.sweep()
    code.refresh_from_db()
    assert code.used == 0


def test_a_hold_goes_back_to_its_own_code_even_an_expired_one_never_to_the_next(store):
    old = codes.current_code(store)
    hold = take(old, browser="phone")
    clock.advance(400)
    new = codes.current_code(store)
    take(new, browser="other phone")
    assert codes.give_back(hold.pk)
    old.refresh_from_db(), new.refresh_from_db()
    assert (old.used, new.used) == (0, 1)


def test_a_hold_goes_back_once(store):
    code = codes.current_code(store)
    hold, _ = take(code, browser="phone"), take(code, browser="other phone")
    assert [codes.give_back(hold.pk), codes.give_back(hold.pk)] == [True, False]
    code.refresh_from_db()
    assert code.used == 1


@pytest.mark.django_db(transaction=True)
def test_a_hold_given_back_and_used_at_once_is_one_or_the_other():
    store = make_store()
    for round in range(10):
        code = codes.new_code_now(store)
        hold = take(code, browser=f"phone {round}")
        used, dropped = at_once(lambda h=hold: codes.use_hold(h, None), lambda h=hold: codes.drop(h.pk))
        code.refresh_from_db()
        assert used is not dropped
        assert code.used == (1 if used else 0)


def test_a_hold_that_became_an_order_is_not_dropped(store, alice):
    order = scanned(alice, store)
    assert codes.drop(order.hold_id) is False
    assert Code.objects.get(holds=order.hold_id).used == 1


def test_the_hold_of_an_order_that_ends_before_it_was_submitted_goes_back(store, alice):
    order = scanned(alice, store)
    manager.withdraw(order, by=alice)
    processor.settle(order.pk)
    processor.settle(order.pk)
    assert Code.objects.get(holds=order.hold_id).used == 0


# -- three holds an hour ----------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["person", "browser"])
def test_the_fourth_hold_in_an_hour_is_refused_until_the_first_is_an_hour_old(store, alice, who):
    me = {"user": alice} if who == "person" else {"browser": "phone"}
    first = take(codes.current_code(store), **me)
    for _ in range(2):
        clock.advance(600)
        take(codes.current_code(store), **me)
    refusal = refused(take, codes.current_code(store), **me)
    assert (refusal.code, refusal.status) == ("too_many_holds", 429)
    assert refusal.retry_at == first.taken_at + dt.timedelta(hours=1)
    clock.advance((refusal.retry_at - clock.now()).total_seconds())
    assert take(codes.current_code(store), **me)


def test_the_fourth_hold_uses_nothing_up(store, alice):
    for _ in range(3):
        take(codes.current_code(store), user=alice)
    refused(take, codes.current_code(store), user=alice)
    assert codes.current_code(store).used == 3


def test_holds_are_counted_for_each_person_and_browser_alone(store, alice, charlie):
    for _ in range(3):
        take(codes.current_code(store), user=alice, browser="phone")
    assert refused(take, codes.current_code(store), browser="phone").code == "too_many_holds"
    assert refused(take, codes.current_code(store), user=alice, browser="tablet").code == "too_many_holds"
    assert take(codes.current_code(store), user=charlie, browser="tablet")


@pytest.mark.parametrize("kind", ["robots", "recording"])
def test_robots_may_hold_as_many_as_they_like(kind, alice):
    store = make_store("BOT", kind=kind)
    for _ in range(5):
        take(codes.current_code(store), user=alice)
    assert codes.current_code(store).used == 5


def test_nothing_of_a_code_is_said_where_others_read_it(store):
    code = codes.current_code(store)
    assert code.token not in f"{code} {Hold(code=code)}"
