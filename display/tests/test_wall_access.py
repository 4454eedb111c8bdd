"""Whose screens may show the wall."""

import pytest

from conftest import make_store, make_user
from display.topics import WallTopic
from serverlesspresso.accounts.models import Role
from serverlesspresso.core import clock

pytestmark = pytest.mark.django_db


def test_the_wall_is_for_its_screens_and_staff(store, screen, alice, bob, dana):
    elsewhere = make_user("Eve", make_store("XYZ"), Role.MANAGER)
    boss = make_user("Frank", is_superuser=True)
    people = (screen, bob, dana, boss, alice, elsewhere)
    assert [WallTopic().allowed(user.pk, "ABC") for user in people] == [True, True, True, True, False, False]
    assert not WallTopic().allowed(None, "ABC")


@pytest.mark.parametrize("key", ["", "XYZ", "abc", "\0", "a" * 10_000])
def test_a_store_that_is_none_has_no_wall(store, screen, key):
    assert WallTopic().store(key) is None
    assert not WallTopic().allowed(screen.pk, key)


def test_a_screen_whose_role_was_taken_away_hears_no_more(store, screen):
    screen.memberships.all().delete()
    assert not WallTopic().allowed(screen.pk, "ABC")


def test_an_archived_store_has_no_wall(store, screen):
    store.archived_at = clock.now()
    store.save()
    assert WallTopic().store("ABC") is None
    assert not WallTopic().allowed(screen.pk, "ABC")
