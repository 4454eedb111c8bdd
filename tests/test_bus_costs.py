"""What it costs to hand a fact to every extension's subscribers, in statements."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conftest import making, queued
from orders import commands
from serverlesspresso.events.delivery import pump, turns
from serverlesspresso.events.delivery.subscribers import all_subscribers
from serverlesspresso.events.tests.bus import deliver
from serverlesspresso.events.tests.test_together import nothing_remembered  # noqa: F401

AT_MOST = 14
"""What there is, the log, the turns, the places, the transaction; the rest is the extensions' own."""


def statements() -> list[str]:
    with CaptureQueriesContext(
        connection,
    ) as found:
        pump.deliver(look_again=False)
    return [each["sql"] for each in found if "clock_timestamp" not in each["sql"]]


def everybody_is_quick() -> None:
    """And was called before, however slow this machine is."""
    turns.took.update({each.name: 0.001 for each in all_subscribers()})


@pytest.mark.django_db(transaction=True)
def test_one_fact_for_all_subscribers_is_a_handful_of_statements(store, alice, bob, charlie):
    queued(charlie, store)
    deliver()  # now everybody is known
    order = making(alice, store, bob)
    deliver()
    everybody_is_quick()
    commands.complete(order, by=bob)
    asked = statements()
    assert len(asked) <= AT_MOST, "\n".join(each[:90] for each in asked)
    assert statements()[1:] == []


@pytest.mark.django_db(transaction=True)
def test_as_many_facts_as_happen_meanwhile_cost_hardly_more(store, alice, bob, charlie):
    first, second = making(alice, store, bob), making(charlie, store, bob)
    deliver()
    everybody_is_quick()
    for order in (first, second):
        commands.complete(order, by=bob)
        commands.recall(order, by=bob)
    asked = statements()
    assert len(asked) <= AT_MOST, "\n".join(each[:90] for each in asked)
