"""`manage.py numbers`: what the numbers are, and how they go on after a restored backup."""

import json

import pytest
from django.core.management import CommandError, call_command

from conftest import queued
from orders.models import Queue

pytestmark = pytest.mark.django_db


@pytest.fixture
def numbers(capsys):
    def run(*arguments) -> dict:
        call_command("numbers", *arguments)
        return json.loads(capsys.readouterr().out)

    return run


def test_it_prints_where_a_store_is(numbers, store, alice):
    assert numbers("ABC") == {"series": 1, "last_number": 0}
    queued(alice, store)
    assert numbers("ABC") == {"series": 1, "last_number": 1}


def test_after_a_restored_backup_no_number_is_given_twice(numbers, store, alice):
    """The log was lost after 41; the board had come to 60."""
    Queue.objects.create(store=store, last_number=41)
    assert numbers("ABC", "--after", "60") == {"series": 1, "last_number": 60}
    assert queued(alice, store).number == 61


def test_a_new_series_begins_at_one(numbers, store, alice):
    Queue.objects.create(store=store, last_number=41)
    assert numbers("ABC", "--new-series") == {"series": 2, "last_number": 0}
    assert queued(alice, store).number == 1


def test_going_back_is_refused_and_changes_nothing(numbers, store):
    Queue.objects.create(store=store, last_number=41)
    for number in ("40", "1", "-5"):
        with pytest.raises(CommandError, match="ABC has given 41 already"):
            numbers("ABC", "--after", number)
    assert numbers("ABC")["last_number"] == 41


def test_a_store_there_is_none_of_is_said(store):
    with pytest.raises(CommandError, match="There is no store XYZ"):
        call_command("numbers", "XYZ")


def test_both_changes_at_once_are_refused(store):
    with pytest.raises(CommandError, match="not allowed with"):
        call_command("numbers", "ABC", "--after", "5", "--new-series")
