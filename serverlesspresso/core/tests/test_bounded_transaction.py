"""A bounded transaction is in nobody's way, however long it takes."""

import time

import pytest
from django.db import connection, transaction

from serverlesspresso.accounts.models import User
from serverlesspresso.core.db import bounded_transaction as module
from serverlesspresso.core.db.bounded_transaction import WriteLockTimeout, bounded_transaction
from serverlesspresso.events.tests.bus import Aside

pytestmark = pytest.mark.django_db(transaction=True)
LONG_S = 3
"""Longer than anybody here may have to wait."""


@pytest.fixture
def one_lock_for_all():
    """What is about the lock of SQLite."""
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL locks rows")


def write(name):
    return User.objects.create(name=name)


def names() -> list[str]:
    return sorted(User.objects.values_list("name", flat=True))


# -- the transaction -------------------------------------------------------------------------------


def test_it_is_a_transaction():
    told = []
    with bounded_transaction():
        write("kept")
        transaction.on_commit(lambda: told.append("committed"))
        assert told == []
    with pytest.raises(ValueError, match="undo"), bounded_transaction():
        write("undone")
        raise ValueError("undo")
    assert (names(), told) == (["kept"], ["committed"])


def test_a_transaction_within_it_can_be_undone_alone():
    with bounded_transaction():
        write("kept")
        with pytest.raises(ValueError, match="undo"), transaction.atomic():
            write("undone")
            raise ValueError("undo")
        write("kept, too")
    assert names() == ["kept", "kept, too"]


def test_who_only_reads_keeps_nobody_from_writing(one_lock_for_all):
    with bounded_transaction():
        assert names() == []
        assert Aside(write, "another").ended(LONG_S)
        write("first")  # though somebody else wrote since it read
    assert names() == ["another", "first"]


def test_who_writes_and_dawdles_loses_the_lock_and_what_was_written(one_lock_for_all, monkeypatch):
    monkeypatch.setattr(module, "HOLD_S", 0.2)
    with pytest.raises(WriteLockTimeout), bounded_transaction():
        write("dawdler")
        another = Aside(write, "another")
        assert another.ended(LONG_S)  # while this one goes on
        assert another.error is None
        write("dawdler again")
    with bounded_transaction():
        write("next")
    assert names() == ["another", "next"]


def test_who_loses_the_lock_cannot_keep_it_secret(one_lock_for_all, monkeypatch):
    monkeypatch.setattr(module, "HOLD_S", 0.1)
    with pytest.raises(WriteLockTimeout), bounded_transaction():
        write("dawdler")
        time.sleep(0.4)
    assert names() == []
