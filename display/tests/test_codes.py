"""QR Validator: one code a window, good until it ends, and dead when a new one replaces it."""

import datetime as dt

import pytest

from conftest import make_store
from display import qr_codes
from display.models import Code, Hold
from serverlesspresso.core import clock

from .scanning import at_once, refused, take

pytestmark = pytest.mark.django_db


def to_the_start_of_a_window(store) -> Code:
    """Move the clock to the first moment of a code's life."""
    clock.advance((qr_codes.current_code(store).ends_at - clock.now()).total_seconds())
    return qr_codes.current_code(store)


# -- one code per store and window ------------------------------------------------------------------


def test_a_code_lasts_one_window_and_windows_follow_each_other(store):
    first = qr_codes.current_code(store)
    assert first.ends_at - first.starts_at == dt.timedelta(seconds=300)
    assert first.starts_at <= clock.now() < first.ends_at
    clock.advance((first.ends_at - clock.now()).total_seconds())
    second = qr_codes.current_code(store)
    assert second.starts_at == first.ends_at
    assert second.token != first.token


def test_windows_are_aligned_however_late_somebody_asks(store):
    clock.advance(1234.5)
    assert qr_codes.current_code(store).starts_at.timestamp() % 300 == 0


def test_asking_again_gives_the_same_code(store):
    assert qr_codes.current_code(store).pk == qr_codes.current_code(store).pk


@pytest.mark.django_db(transaction=True)
def test_twenty_screens_asking_at_once_get_one_code():
    store = make_store()
    found = at_once(*[lambda: qr_codes.current_code(store).pk] * 20)
    assert len(set(found)) == 1
    assert Code.objects.count() == 1


def test_two_stores_have_codes_of_their_own(store):
    assert qr_codes.current_code(store).token != qr_codes.current_code(make_store("XYZ")).token


def test_a_token_has_128_random_bits(store):
    assert len(qr_codes.current_code(store).token) == 22  # 16 bytes in base64


@pytest.mark.parametrize("seconds", [60, 420, 900, 86_400, 5])
def test_after_another_length_is_set_the_running_code_lives_on_and_the_next_follows_it(store, seconds):
    running = to_the_start_of_a_window(store)
    clock.advance(150)
    store.code_s = seconds
    store.save()
    assert qr_codes.current_code(store).pk == running.pk
    clock.advance(150)
    following = qr_codes.current_code(store)
    assert following.starts_at == running.ends_at
    assert running.ends_at < following.ends_at <= running.ends_at + dt.timedelta(seconds=seconds)


def test_a_longer_window_does_not_reach_back_into_an_ended_one(store):
    midday = clock.now().replace(hour=12, minute=0, second=0) + dt.timedelta(days=1)
    clock.advance(
        (midday - clock.now()).total_seconds()
    )  # no window of a whole day begins in the next minutes
    store.code_s = 60
    store.save()
    short = qr_codes.current_code(store)
    clock.advance(60 + (short.ends_at - clock.now()).total_seconds())
    store.code_s = 86_400
    store.save()
    assert qr_codes.current_code(store).starts_at == short.ends_at


def test_another_budget_counts_from_the_next_code_on(store):
    code = qr_codes.current_code(store)
    store.per_code = 3
    store.save()
    assert qr_codes.current_code(store).budget == 10
    clock.advance((code.ends_at - clock.now()).total_seconds())
    assert qr_codes.current_code(store).budget == 3


def test_the_codes_of_many_stores_come_in_one_query(store, django_assert_num_queries):
    stores = [store, make_store("DEF"), make_store("GHI")]
    expected = {each.slug: qr_codes.current_code(each).pk for each in stores}
    with django_assert_num_queries(2):  # the codes, and stores that have none
        found = qr_codes.current_codes(type(store).objects.all())
    assert {slug: code.pk for slug, code in found.items()} == expected


def test_the_codes_of_many_stores_are_made_where_there_is_none(store):
    found = qr_codes.current_codes(type(store).objects.all())
    assert found["ABC"].pk == qr_codes.current_code(store).pk


# -- a new code now ---------------------------------------------------------------------------------


def test_a_new_code_kills_the_running_one_and_ends_when_it_would_have(store, alice):
    old = qr_codes.current_code(store)
    new = qr_codes.new_code_now(store)
    assert new.token != old.token
    assert new.ends_at == old.ends_at
    assert qr_codes.current_code(store).pk == new.pk
    assert refused(take, old, user=alice).code == "code_expired"
    assert take(new, user=alice).code_id == new.pk


def test_holds_of_a_killed_code_stay_and_go_back_to_it(store, alice):
    old = qr_codes.current_code(store)
    hold = take(old, user=alice)
    new = qr_codes.new_code_now(store)
    assert qr_codes.use_hold(hold, alice)
    assert qr_codes.give_back(hold.pk)
    old.refresh_from_db(), new.refresh_from_db()
    assert (old.used, new.used) == (0, 0)


def test_a_code_killed_while_somebody_scans_gives_no_hold(store, alice):
    scanned_code = qr_codes.current_code(store)
    qr_codes.new_code_now(store)
    assert scanned_code.replaced_at is None, "this copy does not know yet"
    assert refused(qr_codes.take_hold, scanned_code, user=alice).code == "code_expired"
    assert not Hold.objects.exists()


def test_two_new_codes_in_a_row_leave_one_running(store):
    qr_codes.new_code_now(store), qr_codes.new_code_now(store)
    assert Code.objects.filter(replaced_at=None).count() == 1
    assert Code.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_baristas_who_want_a_new_code_at_once_leave_one_running():
    store = make_store()
    old = qr_codes.current_code(store)
    at_once(*[lambda: qr_codes.new_code_now(store)] * 8)
    assert Code.objects.filter(replaced_at=None).count() == 1
    assert qr_codes.current_code(store).pk != old.pk


def test_a_colleague_who_was_first_with_a_new_code_is_no_error(store, monkeypatch):
    old = qr_codes.current_code(store)
    first = qr_codes.new_code_now(store)
    answers = iter([old, first])
    monkeypatch.setattr(qr_codes, "current_code", lambda store: next(answers))
    assert qr_codes.new_code_now(store).pk == first.pk
    assert Code.objects.count() == 2


# -- until when -------------------------------------------------------------------------------------


def test_a_code_is_accepted_until_its_end_and_60_seconds_to_the_second(store, alice, charlie):
    code = qr_codes.current_code(store)
    moment = {"now": code.ends_at + dt.timedelta(seconds=60) - dt.timedelta(microseconds=1)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "now", lambda: moment["now"])
        assert take(code, user=alice).code_id == code.pk
        moment["now"] = code.ends_at + dt.timedelta(seconds=60)
        refusal = refused(take, code, user=charlie)
    assert (refusal.code, refusal.status) == ("code_expired", 409)


@pytest.mark.parametrize(
    "token",
    [
        "",
        "x",
        "no such token",
        "a" * 10_000,
        "a\0b",
        "\0",
        "é",
        "😀",
        "\ud800",
        "%00",
        "../../etc/passwd",
        "' OR 1=1 --",
    ],
)
def test_what_is_no_token_of_ours_is_refused_as_such(store, token):
    qr_codes.current_code(store)
    refusal = refused(qr_codes.find_code, token, store)
    assert (refusal.code, refusal.status) == ("code_invalid", 400)


def test_another_stores_code_is_refused_as_none_of_ours(store):
    foreign = qr_codes.current_code(make_store("XYZ"))
    assert refused(qr_codes.find_code, foreign.token, store).code == "code_invalid"
    assert qr_codes.find_code(foreign.token).pk == foreign.pk


def test_the_code_of_an_archived_store_is_none_of_ours(store):
    token = qr_codes.current_code(store).token
    store.archived_at = clock.now()
    store.save()
    assert refused(qr_codes.find_code, token).code == "code_invalid"


def test_nothing_of_a_code_is_said_where_others_read_it(store):
    code = qr_codes.current_code(store)
    assert code.token not in f"{code} {Hold(code=code)}"
