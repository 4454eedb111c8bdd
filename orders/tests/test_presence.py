"""A bar nobody is behind any more pauses itself, and only that."""

import pytest

from config import services
from config.models import Store
from conftest import make_store, queued
from orders import commands, presence
from orders.models import Watch
from orders.sweep import sweep
from serverlesspresso.core import clock

pytestmark = pytest.mark.django_db


def paused(store) -> tuple[bool, bool]:
    """Whether the store is paused, and whether that was its own doing."""
    store.refresh_from_db()
    return store.is_paused, store.paused_by_itself


def let_pass(seconds: int) -> None:
    """So much time, with a sweep every five seconds."""
    for _ in range(seconds // 5):
        clock.advance(5)
        sweep()


@pytest.fixture
def deserted(store):
    """A store whose only screen went dark, and that has paused itself."""
    sweep()
    presence.note(["ABC"])
    let_pass(65)
    return store


def test_after_a_minute_without_a_live_screen_the_store_pauses_itself(store):
    sweep()
    presence.note(["ABC"])
    let_pass(55)
    assert paused(store) == (False, False)
    let_pass(10)
    assert paused(store) == (True, True)


def test_it_goes_on_as_soon_as_a_screen_is_back(deserted):
    presence.note(["ABC"])
    assert paused(deserted) == (False, False)


def test_it_pauses_itself_again_when_the_screen_goes_dark_again(deserted):
    presence.note(["ABC"])
    let_pass(65)
    assert paused(deserted) == (True, True)


def test_a_pause_by_hand_is_not_lifted_by_a_screen(store):
    services.set_status(store, paused=True)
    presence.note(["ABC"])
    assert paused(store) == (True, False)


def test_whoever_pauses_by_hand_what_paused_itself_means_it(deserted):
    services.set_status(deserted, paused=True)
    presence.note(["ABC"])
    assert paused(deserted) == (True, False)


def test_who_resumes_by_hand_without_a_screen_is_not_overruled(deserted):
    services.set_status(deserted, paused=False)
    let_pass(120)
    assert paused(deserted) == (False, False)


def test_a_store_that_never_had_a_screen_is_left_alone(store):
    sweep()
    let_pass(120)
    assert paused(store) == (False, False)


def test_a_screen_from_before_opening_does_not_count(store):
    sweep()
    presence.note(["ABC"])
    services.set_status(store, open=False)
    let_pass(65)
    services.set_status(store, open=True)
    let_pass(120)
    assert paused(store) == (False, False)


def test_opening_again_lifts_what_paused_itself(deserted):
    services.set_status(deserted, open=False)
    services.set_status(deserted, open=True)
    assert paused(deserted) == (False, False)


def test_staff_at_work_by_other_means_keep_it_open(store, alice, bob):
    order = queued(alice, store)
    sweep()
    presence.note(["ABC"])
    let_pass(40)
    commands.claim(order, by=bob)
    let_pass(55)
    assert paused(store) == (False, False)
    let_pass(10)
    assert paused(store) == (True, True)


@pytest.mark.parametrize("fields", [{"auto_pause": False}, {"kind": Store.Kind.ROBOTS}])
def test_a_store_that_does_not_want_it_or_has_no_people_stays_open(fields):
    store = make_store("XYZ", **fields)
    sweep()
    presence.note(["XYZ"])
    let_pass(120)
    assert paused(store) == (False, False)


def test_screens_get_their_time_anew_after_nobody_swept_for_a_while(store):
    sweep()
    presence.note(["ABC"])
    clock.advance(200)
    sweep()
    assert paused(store) == (False, False)
    let_pass(65)
    assert paused(store) == (True, True)


def test_a_screen_noted_a_moment_ago_is_not_written_again(store):
    presence.note(["ABC"])
    first = Watch.objects.get().at
    clock.advance(3)
    presence.note(["ABC"])
    assert Watch.objects.get().at == first
    clock.advance(2)
    presence.note(["ABC"])
    assert Watch.objects.get().at > first


def test_a_closed_store_has_nobody_to_wait_for(store):
    services.set_status(store, open=False)
    presence.note(["ABC"])
    assert not Watch.objects.exists()
