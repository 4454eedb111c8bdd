"""What it costs to hand a fact to every extension's subscribers, in statements."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conftest import making, queued
from orders import commands
from serverlesspresso.events.delivery import dispatcher
from serverlesspresso.events.tests.bus import deliver

AT_MOST = 28
"""The backlog, the log, and a transaction with lease and offsets for each; the rest is of the extensions."""


def statements() -> list[str]:
    with CaptureQueriesContext(
        connection,
    ) as found:
        assert dispatcher.dispatch() == []
    return [each["sql"] for each in found if "clock_timestamp" not in each["sql"]]


@pytest.mark.django_db(transaction=True)
def test_one_fact_for_all_subscribers_is_a_handful_of_statements(store, alice, bob, charlie):
    queued(charlie, store)
    deliver()  # now everybody is known
    order = making(alice, store, bob)
    deliver()
    commands.complete(order, by=bob)
    asked = statements()
    assert len(asked) <= AT_MOST, "\n".join(each[:90] for each in asked)
    assert statements()[1:] == []


@pytest.mark.django_db(transaction=True)
def test_as_many_facts_as_happen_meanwhile_cost_hardly_more(store, alice, bob, charlie):
    first, second = making(alice, store, bob), making(charlie, store, bob)
    deliver()
    for order in (first, second):
        commands.complete(order, by=bob)
        commands.recall(order, by=bob)
    asked = statements()
    assert len(asked) <= AT_MOST, "\n".join(each[:90] for each in asked)
