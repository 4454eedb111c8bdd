"""Every question an order's way asks of the tables that grow goes by index, however long the past is."""

import datetime as dt
import itertools
import re

import pytest
from django.db import connection
from psycopg.sql import Literal

from baristas import presenters as tablet
from conftest import scanned
from display import wall
from display.models import Code, Hold
from orders import commands, presenters, processor, sweep, workflow
from orders.models import Order, Status
from orders.serializers import describe
from serverlesspresso.api import idempotency
from serverlesspresso.api.models import IdempotencyKey
from serverlesspresso.core import clock
from serverlesspresso.events.delivery.backlog import Backlog, Offset, read_log
from serverlesspresso.events.live import subscriptions
from serverlesspresso.events.log.publish import latest_sequence
from serverlesspresso.events.models import Event

pytestmark = pytest.mark.django_db
PAST = 2000
GROWS = "orders_order|events_event|display_hold|display_code|api_idempotencykey"
_WHOLE = {
    "sqlite": re.compile(rf"SCAN (?:{GROWS})(?! USING (?:COVERING )?INDEX)"),
    "postgresql": re.compile(rf"Seq Scan on (?:{GROWS})|Rows Removed by Filter: \d{{4}}"),
}


@pytest.fixture
def past(store, charlie):
    """Yesterday's orders, holds and events; and what PostgreSQL would know of them by now."""
    yesterday = clock.now() - dt.timedelta(days=1)
    codes = Code.objects.bulk_create(
        Code(
            store=store,
            token=f"past-{n}",
            starts_at=yesterday - dt.timedelta(minutes=5 * n),
            ends_at=yesterday - dt.timedelta(minutes=5 * n - 5),
            budget=10,
        )
        for n in range(PAST // 4)
    )
    Hold.objects.bulk_create(
        Hold(code=codes[n // 4], taken_at=yesterday, expires_at=yesterday, used_at=yesterday)
        for n in range(PAST)
    )
    moments = ("created_at", "moved_at", "submitted_at", "completed_at", "finished_at", "settled_at")
    Order.objects.bulk_create(
        Order(
            store=store,
            customer=charlie,
            status=Status.COLLECTED,
            series=1,
            number=1000 + n,
            place=10**9 + 1000 + n,
            scan_day=yesterday.date(),
            **dict.fromkeys(moments, yesterday - dt.timedelta(seconds=n)),
        )
        for n in range(PAST)
    )
    IdempotencyKey.objects.bulk_create(
        IdempotencyKey(user=charlie, key=f"past-{n}", fingerprint="", made_at=clock.now())
        for n in range(PAST)
    )
    Event.objects.bulk_create(
        Event(
            store="PAST",
            sequence=n + 1,
            type="OrderProcessor.OrderFinished",
            order=f"past-{n // 5}",
            at=yesterday,
        )
        for n in range(PAST)
    )
    if connection.vendor == "postgresql":  # SQLite is never asked to, and plans without
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


def day(store, alice, bob):
    """An order from scan to end, the screens it appears on, and a sweep."""
    order = scanned(alice, store)
    workflow.run(workflow.OPEN, order.pk)
    order = commands.submit(order, drink="Espresso", modifiers=[], by=alice)
    workflow.run(workflow.QUEUE, order.pk)
    waiting = processor.load(order.pk)
    describe(waiting)
    presenters.render_order(waiting)
    tablet.news(store, {order.pk})
    tablet.everything(store)
    wall.frame(store)
    subscriptions._read(store.slug, latest_sequence(store.slug) - 1)
    read_log([Backlog([Offset("PAST", 10, 14), Offset(store.slug, 1, 3)])])
    commands.complete(commands.claim(waiting, by=bob), by=bob)
    commands.collect(processor.load(order.pk), by=bob)
    workflow.run(workflow.CLOSE, order.pk)
    sweep.sweep()
    idempotency.purge()


def asked(sql: str, params) -> str:
    """How the database answers. PostgreSQL: once asked so often that it may plan without the values."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
            return "\n".join(" ".join(str(cell) for cell in row) for row in cursor.fetchall())
        number = itertools.count(1)
        numbered = re.sub("%[s%]", lambda found: f"${next(number)}" if found[0] == "%s" else "%", sql)
        values = ", ".join(Literal(value).as_string(cursor.connection) for value in params or ())
        looks = re.match(r"\s*\(*SELECT\b", sql)
        with cursor.connection.cursor() as plain:
            plain.execute(f"PREPARE asked AS {numbered}")
            for _ in range(6 if looks else 1):
                plain.execute(
                    f"EXPLAIN {'(ANALYZE)' if looks else ''} EXECUTE asked{values and f'({values})'}"
                )
            found = "\n".join(row[0] for row in plain.fetchall())
            plain.execute("DEALLOCATE asked")
        return found


def test_no_question_reads_the_whole_past(past, store, alice, bob):
    questions: dict[str, tuple] = {}

    def note(execute, sql, params, many, context):
        if re.match(r"\s*\(*(SELECT|UPDATE|DELETE)\b", sql) and re.search(GROWS, sql):
            questions[sql] = params
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        day(store, alice, bob)
    assert len(questions) > 30
    plans = {sql: asked(sql, params) for sql, params in questions.items()}
    whole = {sql: found for sql, found in plans.items() if _WHOLE[connection.vendor].search(found)}
    assert not whole, "\n\n".join(f"{sql}\n{found}" for sql, found in whole.items())


def test_a_question_without_an_index_would_be_noticed(past):
    sql = "SELECT id FROM orders_order WHERE name = 'Nobody'"
    assert _WHOLE[connection.vendor].search(asked(sql, ()))
