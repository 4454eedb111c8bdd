"""PINs: who may set them, what is none, and how often one may be wrong."""

import pytest

from conftest import make_store, make_user
from serverlesspresso.accounts import pins
from serverlesspresso.accounts.models import Membership, Role, User
from serverlesspresso.core import clock
from serverlesspresso.core.errors import Forbidden, Invalid, NotFound, RateLimited, Refusal

pytestmark = pytest.mark.django_db
PIN = "4711"


@pytest.fixture
def tablet(store):
    """A paired tablet."""
    device = User.objects.create_user(name="Left tablet", is_device=True)
    Membership.objects.create(user=device, store=store, role=Role.BARISTA)
    return device


def test_people_set_their_own_and_it_is_kept_as_a_digest(store, bob):
    kept = pins.set_pin(store, bob.pk, f" {PIN} ", by=bob)

    assert pins.verify_pin(store, bob.pk, PIN).user == bob
    assert PIN not in kept.pin


def test_a_manager_sets_anybodys_and_an_empty_one_takes_it_away(store, bob, dana):
    pins.set_pin(store, bob.pk, PIN, by=dana)
    assert pins.verify_pin(store, bob.pk, PIN).user == bob

    pins.set_pin(store, bob.pk, "", by=dana)
    with pytest.raises(Refusal):
        pins.verify_pin(store, bob.pk, "")


@pytest.mark.parametrize("who", ["bob", "charlie", "screen", "tablet"])
def test_nobody_else_sets_a_pin(request, store, dana, who):
    with pytest.raises(Forbidden):
        pins.set_pin(store, dana.pk, PIN, by=request.getfixturevalue(who))


@pytest.mark.parametrize("whose", ["charlie", "screen", "tablet"])
def test_only_people_who_work_here_have_one(request, store, dana, whose):
    with pytest.raises(NotFound):
        pins.set_pin(store, request.getfixturevalue(whose).pk, PIN, by=dana)


@pytest.mark.parametrize("pin", ["123", "1234", "9876", "7777", "123456789", "12a4", "４-３-２-１", "47¹1"])
def test_what_is_guessed_at_once_or_is_no_pin_is_refused(store, bob, pin):
    with pytest.raises(Invalid, match="4 to 8 digits"):
        pins.set_pin(store, bob.pk, pin, by=bob)
    assert Membership.objects.get(user=bob).pin == ""


def test_after_five_wrong_ones_even_the_right_one_waits_ten_minutes(store, bob):
    pins.set_pin(store, bob.pk, PIN, by=bob)
    for _ in range(pins.TRIES):
        with pytest.raises(Refusal) as refused:
            pins.verify_pin(store, bob.pk, "0000")
        assert refused.value.code == "pin_wrong"

    with pytest.raises(RateLimited) as refused:
        pins.verify_pin(store, bob.pk, PIN)
    assert 0 < (refused.value.retry_at - clock.now()).total_seconds() <= pins.TRIES_S


def test_a_right_one_forgives_those_before(store, bob):
    pins.set_pin(store, bob.pk, PIN, by=bob)
    for _ in range(3):
        for _ in range(pins.TRIES - 1):
            with pytest.raises(Refusal):
                pins.verify_pin(store, bob.pk, "0000")
        pins.verify_pin(store, bob.pk, PIN)


def test_it_is_good_at_its_own_store_and_while_one_works_there(store, bob):
    other = make_store("XYZ")
    Membership.objects.create(user=bob, store=other, role=Role.BARISTA)
    pins.set_pin(store, bob.pk, PIN, by=bob)
    with pytest.raises(Refusal):
        pins.verify_pin(other, bob.pk, PIN)

    Membership.objects.filter(user=bob, store=store).update(role=Role.DISPLAY)
    with pytest.raises(Refusal):
        pins.verify_pin(store, bob.pk, PIN)


def test_the_crew_are_people_who_work_here_by_name(store, dana, bob, charlie, screen, tablet):
    ana = make_user("Ana", store, Role.BARISTA)
    make_user("Gone", store, Role.BARISTA, is_active=False)
    assert [each.user for each in pins.staff(store)] == [ana, bob, dana]
