"""Whoever is passed over reads why."""

import pytest
from django.utils import translation

from config import services
from conftest import make_user, making, queued, ready
from display import notices
from orders import commands, processor, workflow

pytestmark = pytest.mark.django_db


@pytest.fixture
def three(store, bob):
    """Numbers 1 to 3, waiting: an oat cappuccino, then two espressos."""
    drinks = [("Cappuccino", ["Oat"]), ("Espresso", []), ("Espresso", [])]
    people = [make_user(name) for name in ("Ann", "Ben", "Cem")]
    return [queued(who, store, *drink) for who, drink in zip(people, drinks, strict=True)]


def test_in_the_order_of_the_queue_there_is_nothing_to_say(store, three, bob):
    commands.complete(three[0], by=bob)
    commands.claim(three[1], by=bob)
    assert notices.sentences(store) == []


def test_who_waits_for_what_ran_out_reads_for_what_in_the_walls_language(store, three, bob):
    services.set_available(store, "Cappuccino", available=False, option="Oat")
    assert notices.sentences(store) == [], "nobody has overtaken it yet"
    commands.claim(three[1], by=bob)

    assert notices.sentences(store) == ["1 is waiting for Oat."]
    with translation.override("pt-br"):
        assert "Aveia" in notices.sentences(store)[0]


def test_a_drink_that_ran_out_or_left_the_menu_is_named(store, three, bob):
    services.set_available(store, "Cappuccino", available=False)
    commands.claim(three[1], by=bob)
    assert notices.sentences(store) == ["1 is waiting for Cappuccino."]

    store.drinks.get(name="Cappuccino").delete()
    assert notices.sentences(store) == ["1 is waiting for Cappuccino."]


def test_who_was_merely_passed_over_is_next(store, three, bob):
    commands.complete(three[2], by=bob)
    assert notices.sentences(store) == ["Next: 1, 2."]


def test_a_recalled_drink_says_why_it_is_no_longer_ready(store, alice, bob):
    commands.recall(ready(alice, store, bob), by=bob)
    assert notices.sentences(store) == ["1 is being made again."]


def test_a_remake_says_why_it_stands_before_the_others(store, alice, three, bob):
    first = commands.complete(three[0], by=bob)
    again = commands.remake(first, by=bob)
    workflow.run(workflow.QUEUE, again.pk)
    commands.claim(three[1], by=bob)

    assert notices.sentences(store) == ["4 is being made again."]
    commands.complete(processor.load(again.pk), by=bob)
    assert notices.sentences(store) == []


def test_the_wall_stays_calm_and_costs_little(store, bob, django_assert_num_queries):
    orders = [queued(make_user(f"P{n}"), store) for n in range(8)]
    commands.claim(orders[-1], by=bob)

    with django_assert_num_queries(2):  # and three more after the menu was changed
        assert notices.sentences(store) == ["Next: 1, 2, 3."]


def test_without_anybody_overtaken_it_is_one_query(store, alice, bob, django_assert_num_queries):
    making(alice, store, bob)
    with django_assert_num_queries(1):
        notices.sentences(store)
